//! The stand-in itself, as far as tests lean on it: its clock, its queues, its ledger.

use serde_json::{Value, json};
use tests::standin::Standin;

use crate::{FUNCTIONS, Outcome};

#[test]
fn a_fresh_stand_in_is_empty_and_its_clock_moves_only_when_told() -> Outcome {
    let standin = Standin::serve(&["--start", "2026-12-01T08:00:00Z"])?;
    let now =
        || Ok::<_, std::io::Error>(standin.control(&json!({ "do": "clock" }))?["now"].clone());
    assert_eq!(now()?, "2026-12-01T08:00:00Z");
    standin.control(&json!({ "do": "advance", "seconds": 90 }))?;
    assert_eq!(now()?, "2026-12-01T08:01:30Z");
    assert_eq!(standin.ledger()?, Vec::<Value>::new());

    let queue = standin.queue("MaintenanceReconcilerQueue")?;
    assert_eq!(queue.count()?, 0);
    for body in ["one", "two"] {
        queue.send(body)?;
    }
    assert_eq!(queue.count()?, 2);
    let mut bodies: Vec<_> = queue.take_all()?.into_iter().map(|message| message.body).collect();
    bodies.sort();
    assert_eq!(bodies, ["one", "two"]);
    assert_eq!(queue.count()?, 0);

    for name in FUNCTIONS {
        let env = standin.env_for(name, &[])?;
        assert!(env.iter().all(|(_, value)| !value.is_empty()), "{env:?}");
    }
    Ok(())
}

#[test]
fn a_command_that_is_unknown_is_refused_in_words() -> Outcome {
    let standin = Standin::serve(&[])?;
    let error = standin.control(&json!({ "do": "levitate" })).err();
    let words = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(words.contains("levitate"), "{words}");
    Ok(())
}
