use std::collections::BTreeSet;
use std::sync::Barrier;

use serde_json::{Value, json};

use super::*;
use crate::http::Message;
use crate::proxy::{Kill, Proxy};
use crate::server::Server;

fn obedient(env: &[(&str, &str)]) -> io::Result<Function> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let env: Vec<_> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Function::start(&package.join("src/runtime_api/obedient.py"), &env)
}

fn ask(function: &Function, event: &Value) -> Answer {
    function.invoke(&event.to_string())
}

fn pid(function: &Function) -> Option<Value> {
    ask(function, &json!({"do": "pid"})).body()
}

#[test]
fn a_process_is_used_again_while_it_lives() -> io::Result<()> {
    let function = obedient(&[])?;
    assert_eq!(function.peak_memory_kib(), None);
    let first = ask(&function, &json!({"do": "pid"}));
    let second = ask(&function, &json!({"do": "pid"}));
    assert!(first.body().is_some(), "{first}");
    assert_eq!(first.body(), second.body());
    assert_eq!((first.cold, second.cold), (true, false));
    assert!(function.peak_memory_kib().is_some_and(|kib| kib > 1_000));
    Ok(())
}

#[test]
fn each_answer_carries_its_own_lines() -> io::Result<()> {
    let function = obedient(&[])?;
    for round in 0..3 {
        let lines = [
            format!("round {round}"),
            String::new(),
            r#"{"service":"s","outcome":"nothing"}"#.to_owned(),
        ];
        let answer = ask(&function, &json!({"do": "say", "lines": lines}));
        assert_eq!(answer.log, lines, "{answer}");
        assert_eq!(answer.reports(), [json!({"service": "s", "outcome": "nothing"})]);
    }
    Ok(())
}

#[test]
fn lines_are_complete_when_the_process_is_killed() -> io::Result<()> {
    let function = obedient(&[])?;
    let answer = ask(&function, &json!({"do": "unfinished"}));
    assert_eq!(answer.log, ["one", "half a l"]);
    assert_eq!(answer.died().and_then(|death| death.signal), Some(9));
    Ok(())
}

#[test]
fn a_death_tells_exit_code_and_words_and_the_next_event_gets_a_new_process() -> io::Result<()> {
    let function = obedient(&[])?;
    let before = pid(&function);
    let answer = ask(&function, &json!({"do": "leave", "code": 3}));
    assert_eq!(answer.died().and_then(|death| death.exit_code), Some(3), "{answer}");
    let answer = ask(&function, &json!({"do": "leave", "code": 1}));
    assert!(answer.died().is_some_and(|death| death.words.contains("words on standard error")));
    assert_eq!(answer.log, ["leaving"]);
    let after = pid(&function);
    assert!(after.is_some() && after != before);
    Ok(())
}

#[test]
fn a_process_that_ends_between_events_is_replaced_unseen() -> io::Result<()> {
    let function = obedient(&[])?;
    for _ in 0..3 {
        let answer = ask(&function, &json!({"do": "pid", "then": "leave"}));
        assert!(answer.body().is_some(), "{answer}");
    }
    Ok(())
}

#[test]
fn a_process_that_is_killed_between_events_is_replaced_unseen() -> io::Result<()> {
    let function = obedient(&[])?;
    for _ in 0..10 {
        function.killer().kill();
        let answer = ask(&function, &json!({"do": "pid"}));
        assert!(answer.cold && answer.died().is_none(), "{answer}");
    }
    Ok(())
}

#[test]
fn an_error_of_the_function_is_told_and_the_process_lives_on() -> io::Result<()> {
    let function = obedient(&[])?;
    let before = pid(&function);
    let answer = ask(&function, &json!({"do": "fail"}));
    let told = json!({"errorType": "ValueError", "errorMessage": "refused"});
    assert_eq!(answer.error(), Some(&told), "{answer}");
    assert_eq!(pid(&function), before);
    Ok(())
}

#[test]
fn a_failed_start_is_told_as_such() -> io::Result<()> {
    let answer = ask(&obedient(&[("START", "refused")])?, &json!({"do": "pid"}));
    let death = answer.died().cloned().unwrap_or_default();
    assert!(death.before_event && death.exit_code == Some(1), "{answer}");
    assert!(death.words.contains("StartRefused"), "{answer}");
    Ok(())
}

#[test]
fn an_invocation_ends_at_its_time_limit() -> io::Result<()> {
    let function = obedient(&[])?.with_timeout(Duration::from_millis(300));
    let answer = ask(&function, &json!({"do": "wait"}));
    assert!(answer.died().is_some_and(|death| death.timed_out), "{answer}");
    assert!(answer.elapsed < Duration::from_secs(3), "{answer}");
    Ok(())
}

#[test]
fn the_environment_is_what_was_given_and_what_lambda_adds() -> io::Result<()> {
    let function = obedient(&[("REBERTH_LEDGER_TABLE", "ledger"), ("AWS_REGION", "eu-west-1")])?;
    let answer = ask(&function, &json!({"do": "environment"}));
    let environment = answer.body().unwrap_or_default();
    assert_eq!(environment["REBERTH_LEDGER_TABLE"], "ledger");
    assert_eq!(environment["AWS_REGION"], "eu-west-1", "what is given wins");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "obedient");
    assert!(environment.get("CARGO_MANIFEST_DIR").is_none(), "inherited: {environment}");
    Ok(())
}

#[test]
fn an_event_comes_with_its_arn_its_id_and_a_deadline_ahead() -> io::Result<()> {
    let function = obedient(&[])?;
    let headers = ask(&function, &json!({"do": "headers"})).body().unwrap_or_default();
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:obedient";
    assert_eq!(headers["Lambda-Runtime-Invoked-Function-Arn"], arn);
    assert_eq!(headers["Lambda-Runtime-Aws-Request-Id"], "00000000-0000-4000-8000-000000000001");
    let deadline = headers["Lambda-Runtime-Deadline-Ms"].as_str().and_then(|ms| ms.parse().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    assert!(deadline.is_some_and(|ms: u128| ms > now.as_millis()));
    Ok(())
}

#[test]
fn invocations_under_way_together_run_in_processes_of_their_own() -> io::Result<()> {
    let both_called = Barrier::new(2);
    let endpoint = Server::start(move |_| {
        both_called.wait();
        Some(Message::answer("200 OK", ""))
    })?;
    let url = format!("http://{}", endpoint.authority());
    let function = obedient(&[])?;
    let event = json!({"do": "call", "url": url, "actions": ["Meet"]}).to_string();
    let answers = function.invoke_together(&[&event, &event]);
    assert!(answers.iter().all(|answer| answer.body() == Some(json!(1))), "{answers:?}");
    assert_eq!(lock(&function.alive).iter().map(|one| one.id()).collect::<BTreeSet<_>>().len(), 2);
    Ok(())
}

#[test]
fn a_function_dies_at_the_call_that_the_proxy_was_told() -> io::Result<()> {
    let endpoint = Server::start(|_| Some(Message::answer("200 OK", "")))?;
    let url = format!("http://{}", endpoint.authority());
    let mut proxy = Proxy::new();
    let url = proxy.listen(&url)?;
    let function = obedient(&[])?;
    let event = json!({"do": "call", "url": url, "actions": ["One", "Two", "Three"]});
    for (when, reached) in [(Kill::Before, None), (Kill::After, Some(200))] {
        proxy.reset();
        let killer = function.killer();
        proxy.kill_at(2, when, move || killer.kill());
        let answer = ask(&function, &event);
        assert_eq!(answer.died().and_then(|death| death.signal), Some(9), "{answer}");
        assert_eq!(proxy.actions(), ["One", "Two"]);
        assert_eq!(proxy.calls().last().and_then(|call| call.status), reached);
    }
    assert_eq!(ask(&function, &event).body(), Some(json!(3)), "the event comes again");
    Ok(())
}

#[test]
fn dropping_a_function_ends_its_processes() -> io::Result<()> {
    let function = obedient(&[])?;
    let pid = pid(&function).unwrap_or_default();
    let process = PathBuf::from(format!("/proc/{pid}"));
    assert!(process.exists());
    drop(function);
    assert!(!process.exists());
    Ok(())
}

#[test]
fn a_binary_that_was_not_built_is_named() {
    let words = Function::built("no-such-function", &[]).map_err(|error| error.to_string()).err();
    assert!(words.is_some_and(|words| words.contains("release/no-such-function: no such")));
}
