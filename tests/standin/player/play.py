"""Plays one scenario from beginning to end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from standin.fleet_control import read_time
from standin.notifications import Listener, faults_of, told_twice
from standin.player.casebook import Casebook
from standin.player.drive import SPEED, Driver
from standin.player.errands import Deliveries, Sweeps, Timeline
from standin.player.function_logs import FunctionLogs
from standin.player.narrator import Narrator
from standin.player.scenario import Scenario, Step, read_scenario
from standin.player.stage import Stage
from standin.player.summary import report_document, summary_lines
from standin.player.verdict import differences
from standin.serverless.queues import Queues
from standin.serverless.sweep import Functions
from standin.whole import StandIn

# Real seconds after which a run is given up.
_SECONDS_MAX = 180


def play(path: Path, template: Path, functions: Path, record: Path) -> int:
    """Play the scenario at `path`; 0 if all came out as it expects, 1 if not."""
    scenario = read_scenario(path)
    narrator = Narrator()
    narrator.opening(scenario)
    with StandIn(scenario.start.isoformat()) as standin:
        Stage(standin.fleet).build(scenario)
        standin.deploy(scenario.parameters, template, functions)
        run = Run(standin, scenario, narrator)
        try:
            run.to_the_end()
        finally:
            run.wait()
            _keep(standin, record)
        return run.judge(record)


class Run:
    """One scenario on one deployed stand-in."""

    def __init__(self, standin: StandIn, scenario: Scenario, narrator: Narrator):
        self._standin = standin
        self._scenario = scenario
        self._narrator = narrator
        self._stage = Stage(standin.fleet)
        self._book = Casebook()
        self._logs = FunctionLogs(standin.logs)
        self._functions = Functions(standin.serverless)
        self._queues = Queues(standin.serverless, standin.stack.outputs)
        self._queues.retry_sooner(SPEED)
        self._listener = Listener(standin.serverless, standin.stack.outputs["NoticesTopic"])
        self._sweeps = Sweeps(standin.take_over_sweep(), self._functions)
        self._timeline = Timeline(scenario.steps, self._act)
        self._changed = True  # whether the fleet's truth may differ from the casebook

    def to_the_end(self) -> None:
        """Drive until everything has ended, or the scenario has."""
        errands = [self._timeline, Deliveries(self._standin.gate), self._sweeps]
        driver = Driver(self._standin.fleet, errands, self._busy, self._watch)
        driver.run(self._scenario.end, self._settled, _SECONDS_MAX)

    def judge(self, record: Path) -> int:
        """Tell and store what came of it; returns the exit status."""
        # What the last sweeps did, and left open.
        self._changed = True
        self._watch([])
        calls = self._standin.fleet.do("calls")
        self._tell_why(record / "why")
        lines = summary_lines(self._scenario, self._book, calls["by_action"])
        self._narrator.line("\n" + "\n".join(lines))
        document = report_document(self._scenario, self._book, calls["by_action"])
        _write(record / "report.json", document)
        _write(record / "calls.json", calls["entries"])
        permissions = self._standin.fleet.do("permissions")
        _write(record / "permissions.json", permissions)
        noise = self._logs.noise + self._sweeps.failures
        denied = [words for account in permissions.values() for words in account["denied"]]
        dead_letters = self._queues.dead_letters()
        events, messages = self._listener.events(), self._listener.messages()
        _write(record / "events.json", events)
        _write(record / "messages.json", messages)
        wrong = differences(self._scenario, self._book, dead_letters, noise, denied)
        wrong += [*faults_of(events), *told_twice(events)]
        self._queues.close()
        for difference in wrong:
            self._narrator.line(f"NOT AS EXPECTED  {difference}")
        verdict = f"{len(wrong)} difference(s) from what the scenario expects"
        self._narrator.line(f"\n{verdict if wrong else 'All as the scenario expects.'}")
        self._narrator.line(f"Told: {len(events)} events, {len(messages)} messages to people.")
        self._narrator.line(f"Report, logs, calls, messages and each instance's story: {record}")
        return 1 if wrong else 0

    def wait(self) -> None:
        """Wait for sweeps that are still under way."""
        self._sweeps.close()

    def _act(self, step: Step) -> None:
        self._narrator.aws(step.at, step.say)
        self._stage.act(step)
        self._changed = True

    def _busy(self) -> bool:
        return self._sweeps.busy() or self._queues.busy()

    def _settled(self) -> bool:
        return self._timeline.next_due() is None and self._book.settled()

    def _watch(self, ran: list[str]) -> None:
        reports, news = self._logs.reports(), []
        if ran or reports or self._changed:
            self._changed = False
            truth = self._standin.fleet.do("truth")
            now = read_time(truth["now"])
            news += self._book.learn_truth(truth)
            for report in reports:
                news += self._book.learn_report(report, now)
        for happening in sorted(news, key=lambda happening: happening.at):
            self._narrator.happening(happening)

    def _tell_why(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        reconciler = self._standin.stack.outputs["MaintenanceReconcilerFunction"]
        for case in self._book.cases.values():
            question = json.dumps({"reberth": "why", "instance": case.instance})
            answer = self._functions.invoke(reconciler, question)
            (folder / f"{case.instance}.txt").write_text(answer["story"] + "\n", encoding="utf-8")


def _keep(standin: StandIn, record: Path) -> None:
    """Keep the logs of a run in `record`, and nothing of the run before."""
    shutil.rmtree(record, ignore_errors=True)
    shutil.copytree(standin.logs, record / "logs")
    for name in ("fleet.log", "ministack.log"):
        shutil.copy(standin.folder / name, record / name)


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")
