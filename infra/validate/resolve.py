"""Turns every `Ref`, `Fn::GetAtt`, `Fn::Sub` … of the expanded template into what AWS could make of
it, for tools that read policies and know nothing of CloudFormation.

Account, region and names are made up; their form is AWS's.
"""

ACCOUNT = "123456789012"
REGION = "us-east-1"
STACK = "reberth"

PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}

# What CloudFormation takes for nothing: the property or entry is left out.
NOTHING = {"Ref": "AWS::NoValue"}

# Service, and what follows the account, of each type's ARN
# (Service Authorization Reference, tables of resource types, read 2026-11).
ARNS = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:{}"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{}"),
    "AWS::Events::Rule": ("events", "rule/{}"),
    "AWS::IAM::Role": ("iam", "role/{}"),
    "AWS::Lambda::Function": ("lambda", "function:{}"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{}:*"),
    "AWS::SNS::Topic": ("sns", "{}"),
    "AWS::SQS::Queue": ("sqs", "{}"),
}
# The one service here whose resources belong to no region.
GLOBAL = {"iam"}


class ResolveError(Exception):
    """The template says something that this module cannot resolve; the message names it."""


def resolved(template, parameters):
    """The resources of the expanded `template` that exist under `parameters`, all values plain.

    A parameter that is not given has its default.
    """
    return Resolver(template, parameters).resources()


class Resolver:
    """Resolves one template under one choice of parameters."""

    def __init__(self, template, parameters):
        self.template = template
        declared = template.get("Parameters", {})
        for name in sorted(parameters.keys() - declared.keys()):
            raise ResolveError(f"{name}: no parameter of the template")
        defaults = {name: parameter.get("Default") for name, parameter in declared.items()}
        self.parameters = defaults | parameters

    def resources(self):
        """Every resource whose condition holds, by logical id."""
        return {
            name: self.value({key: part for key, part in resource.items() if key != "Condition"})
            for name, resource in self.template["Resources"].items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }

    def value(self, given):
        """The plain value of any part of the template."""
        if isinstance(given, list):
            return [self.value(entry) for entry in self.present(given)]
        if not isinstance(given, dict):
            return given
        if len(given) == 1:
            [(function, argument)] = given.items()
            if function == "Ref":
                return self.reference(argument)
            if function.startswith("Fn::"):
                return self.call(function, argument)
        there = self.present(list(given.values()))
        return {key: self.value(part) for key, part in given.items() if part in there}

    def present(self, entries):
        """The entries that do not come to nothing."""
        return [entry for entry in entries if self.chosen(entry) != NOTHING]

    def chosen(self, entry):
        """What an `Fn::If` comes to, not yet resolved; any other entry is itself."""
        while isinstance(entry, dict) and "Fn::If" in entry:
            condition, then, otherwise = entry["Fn::If"]
            entry = then if self.holds(condition) else otherwise
        return entry

    def call(self, function, argument):
        """The value of a function of CloudFormation."""
        if function == "Fn::If":
            return self.value(self.chosen({function: argument}))
        if function == "Fn::GetAtt":
            parts = argument.split(".", 1) if isinstance(argument, str) else argument
            return self.attribute(*parts)
        if function == "Fn::Sub":
            return self.substituted(argument)
        if function == "Fn::Join":
            return argument[0].join(map(str, self.value(argument[1])))
        raise ResolveError(f"{function}: teach resolve.py what it does")

    def reference(self, name):
        """The value of `Ref`: a parameter, AWS's word, or the id of a resource."""
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self.kind(name)
        if kind == "AWS::SNS::Topic":
            return self.attribute(name, "Arn")
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{STACK}-{name}"
        return f"{STACK}-{name}"

    def attribute(self, name, attribute):
        """The value of `Fn::GetAtt`: an ARN; what is no ARN is a name."""
        kind = self.kind(name)
        if not attribute.endswith("Arn"):
            return f"{STACK}-{name}"
        if kind not in ARNS:
            raise ResolveError(f"{name}.{attribute}: teach resolve.py the ARN of {kind}")
        service, form = ARNS[kind]
        region = "" if service in GLOBAL else REGION
        return f"arn:aws:{service}:{region}:{ACCOUNT}:{form.format(f'{STACK}-{name}')}"

    def kind(self, name):
        """The type of the resource `name`."""
        if name not in self.template["Resources"]:
            raise ResolveError(f"{name}: neither a parameter nor a resource of the template")
        return self.template["Resources"][name]["Type"]

    def substituted(self, text):
        """The value of `Fn::Sub`, here always of its short form."""
        before, mark, rest = text.partition("${")
        if not mark:
            return before
        name, _, after = rest.partition("}")
        if name.startswith("!"):
            return f"{before}${{{name[1:]}}}{self.substituted(after)}"
        value = self.attribute(*name.split(".", 1)) if "." in name else self.reference(name)
        return f"{before}{value}{self.substituted(after)}"

    def holds(self, condition):
        """Whether a condition, by its name or in its words, is true."""
        if isinstance(condition, str):
            condition = self.template["Conditions"][condition]
        [(function, arguments)] = condition.items()
        if function == "Condition":
            return self.holds(arguments)
        if function == "Fn::Equals":
            left, right = map(self.value, arguments)
            return str(left) == str(right)
        if function == "Fn::Not":
            return not self.holds(arguments[0])
        if function == "Fn::And":
            return all(map(self.holds, arguments))
        if function == "Fn::Or":
            return any(map(self.holds, arguments))
        raise ResolveError(f"{function}: teach resolve.py what it does in a condition")
