"""What people read before they agree. Pure: words in, lines out."""

from collections import Counter

import changes as change_sets
import ledger

# Characters of a foreign text that are shown, and instances in one list.
WIDEST, MOST = 60, 20

VERBS = {"Add": "added", "Modify": "changed", "Remove": "removed", "Import": "taken in"}


def foreign(text):
    """A text that others wrote, safe for a terminal: no control characters, and not too long."""
    seen = "".join(character if character.isprintable() else "?" for character in text)
    return seen if len(seen) <= WIDEST else seen[: WIDEST - 1] + "…"


def where(stack):
    """Whose account, which region, which stack, and how it stands."""
    account = stack.account
    return [
        f"account     {account.id}, as {account.caller}",
        f"region      {account.region}",
        f"stack       {stack.name}, {stack.status if stack.deployed else 'new'}",
    ]


def deployment(before, change_set):
    """Everything that would change, from the parameters as they were `before`."""
    after = change_set.parameters
    return [*parameters(before, after), *resources(change_set.changes), opening(before, after)]


def parameters(before, after):
    """The parameters that get another value; all of them for a new stack."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if new is None:
            lines.append(f"  {name}: {value(old)}, and is gone afterwards")
        else:
            lines.append(f"  {name}: {value(new)}" if old is None else change(name, old, new))
    return ["Parameters:", *lines] if lines else ["Parameters: none changes."]


def change(name, old, new):
    """One parameter that gets another value."""
    return f"  {name}: {value(old)} -> {value(new)}"


def value(text):
    """A parameter's value; an empty one is named."""
    return foreign(text) or "(empty)"


def opening(before, after):
    """Whether instances may be moved afterwards, and whether that is new."""
    was, will = ledger.may_open(before), ledger.may_open(after)
    ceiling = f"MaximumMode={after.get('MaximumMode')}, KillSwitch={after.get('KillSwitch')}"
    if will and not was:
        return f"Acts: BECOME POSSIBLE ({ceiling}). What opted in by its tag may be moved."
    if will:
        return f"Acts: stay possible ({ceiling})."
    if was:
        return f"Acts: end ({ceiling}). What is out is still brought back."
    return f"Acts: none ({ceiling}). It looks, plans and reports."


def resources(changes):
    """The resources that change, what would be lost first, then by what is done to them."""
    if not changes:
        return ["Resources: none changes."]
    lines = []
    for one in sorted(changes, key=lambda one: (not one.loses, one.action, one.name)):
        lines.append(f"  {verb(one)} {one.name} ({one.type}){detail(one)}")
    counts = Counter(map(verb, changes))
    told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    return [f"Resources: {told}.", *lines]


def verb(change):
    """What is done to a resource, in one word or three."""
    if change.action == "Modify" and change.replaced == "True":
        return "REPLACED"
    if change.action == "Modify" and change.replaced == "Conditional":
        return "perhaps REPLACED"
    return "REMOVED" if change.action == "Remove" else VERBS.get(change.action, change.action)


def detail(change):
    """Which properties change, and what is lost by it."""
    parts = [", ".join(change.what)] if change.what else []
    if change.loses and change.type in change_sets.LOST:
        parts.append(change_sets.LOST[change.type])
    return f": {'; '.join(parts)}" if parts else ""


def incidents(open_now):
    """What is open, those out of service first; and the ledger's switch, if it is thrown."""
    lines = ["The ledger's switch is on: no act begins."] if open_now.switch_thrown else []
    if not open_now.incidents:
        return [*lines, "Incidents: none is open."]
    out = [incident for incident in open_now.incidents if incident.out]
    lines.append(f"Incidents: {len(open_now.incidents)} open, {len(out)} of them out of service.")
    ordered = sorted(open_now.incidents, key=lambda one: (not one.out, one.key))
    lines += [f"  {subject(incident)}: {state(incident)}" for incident in ordered[:MOST]]
    return lines + [f"  and {len(ordered) - MOST} more"] if len(ordered) > MOST else lines


def listed(names):
    """Names one after the other, not all of them where they are many."""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def subject(incident):
    """Which instance it is about, by name, group and id."""
    instance = incident.key.partition("/")[0]
    named = f"{foreign(incident.name)} ({instance})" if incident.name else instance
    return f"{named} of group {foreign(incident.group)}" if incident.group else named


def state(incident):
    """How it stands, in words."""
    words = ledger.NOTHING_OUT | ledger.OUT | {ledger.NEWER: "a newer version wrote it"}
    unknown = f"phase {foreign(incident.phase)!r} is not known here, so it counts as out"
    return words.get(incident.phase, unknown)


def removal(resources, retained):
    """What goes with the stack, and what stays."""
    counts = Counter(kind for name, (_, kind) in resources.items() if name not in retained)
    goes = [f"  {count:>3} {kind}" for kind, count in sorted(counts.items())]
    stays = [f"  {kind} {id}" for name, (id, kind) in sorted(resources.items()) if name in retained]
    return [
        "Goes, with the messages and logs in it:",
        *goes,
        "Stays:",
        *stays,
        "  the tags on your groups and instances, past metrics, and the packages in SAM's bucket",
    ]


def afterwards(stack):
    """What is left to do by hand."""
    table = stack.outputs["LedgerTable"]
    place = f"--region {stack.account.region} --table-name {table}"
    return [
        f"\nRemoved. The ledger {table} is kept. When its history is of no more use:",
        f"  aws dynamodb update-table {place} --no-deletion-protection-enabled",
        f"  aws dynamodb delete-table {place}",
    ]


def code(before, package, wanted):
    """A function's code now, and the package that is to take its place."""
    now, since = size(before["CodeSize"]), before["LastModified"]
    return [
        f"function    {before['FunctionName']} ({before['Architectures'][0]})",
        f"now         {before['CodeSha256']}  {now}, of {since}",
        f"then        {wanted}  {size(package.stat().st_size)}, {package}",
        "Nothing else changes: role, memory, timeout, variables and queue stay the stack's.",
    ]


def size(count):
    """A number of bytes, in millions."""
    return f"{count / 1_000_000:.2f} MB"


def way_back(function, stack, previous):
    """How the code that ran before comes back, and what the stack knows of all this."""
    place = f"STACK={stack.name} REGION={stack.account.region}"
    return [
        f"To go back: make deploy-function FUNCTION={function} {place} PACKAGE={previous}",
        "The stack does not know of this code. make deploy brings the stack's own back only if its",
        "package is another than at the last make deploy, and says so if it is not.",
    ]
