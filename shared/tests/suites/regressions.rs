//! Scripts in which something went wrong once, made short (`make sim SEED=… SHRINK=1`) and played
//! again for ever. Each is a file in `regressions/`; `make sim SCRIPT=path` tells its story.

use std::fs;
use std::path::{Path, PathBuf};

use shared::testing::simulation::{Breach, Keep, Script, run};

fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suites/regressions");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
    scripts.sort();
    scripts
}

#[test]
fn what_went_wrong_once_goes_well_now() {
    let scripts = kept();
    assert!(!scripts.is_empty(), "nothing is kept");
    let mut broken = Vec::new();
    for path in &scripts {
        let text = fs::read_to_string(path).unwrap();
        let script: Script = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let outcome = run(&script, Keep::Hash);
        let words = |breach: &Breach| format!("make sim SCRIPT={}: {breach}", path.display());
        broken.extend(outcome.breaches.iter().map(words));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
