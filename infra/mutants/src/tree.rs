//! A copy of the workspace in which every mutant has its switch, and what is built of it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::list::Mutant;
use crate::switches::{self, Switched};

/// The test targets whose tests have to notice, by name.
pub const TARGETS: [&str; 3] = ["shared", "decisions", "reconcile"];

/// The copy, and where its builds go.
pub struct Tree {
    root: PathBuf,
    build: PathBuf,
}

/// The mutants that have a switch, and those that have none.
pub struct Placed {
    /// They compile.
    pub viable: BTreeSet<usize>,
    /// They do not.
    pub unviable: BTreeSet<usize>,
    /// No switch can hold them.
    pub unplaced: BTreeSet<usize>,
}

impl Tree {
    /// Under this folder.
    pub fn under(folder: &Path) -> Self {
        Self { root: folder.join("tree"), build: folder.join("build") }
    }

    /// The folder in which the core's tests run.
    pub fn package(&self) -> PathBuf {
        self.root.join("shared")
    }

    /// Copies the workspace as it is, and puts these mutants behind switches. A variant that does
    /// not compile is left out, until all that is left compiles.
    ///
    /// # Errors
    /// A file, or something does not compile that is no variant.
    pub fn switch(&self, mutants: &[Mutant]) -> Result<Placed, Box<dyn Error>> {
        self.copy()?;
        let mut of_file: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
        for (number, mutant) in mutants.iter().enumerate() {
            of_file.entry(&mutant.file).or_default().push((number, mutant));
        }
        let mut unviable = BTreeSet::new();
        loop {
            let mut written: BTreeMap<&str, Switched> = BTreeMap::new();
            for (file, mutants) in &of_file {
                let viable: Vec<_> = mutants
                    .iter()
                    .filter(|(number, _)| !unviable.contains(number))
                    .copied()
                    .collect();
                let switched = switches::switched(&fs::read_to_string(file)?, &viable)?;
                put(&self.root.join(file), switched.text.as_bytes())?;
                written.insert(file, switched);
            }
            let broken = self.broken(&written)?;
            if broken.is_empty() {
                let unplaced: BTreeSet<usize> =
                    written.into_values().flat_map(|switched| switched.unplaced).collect();
                let viable = (0..mutants.len())
                    .filter(|number| !unviable.contains(number) && !unplaced.contains(number));
                return Ok(Placed { viable: viable.collect(), unviable, unplaced });
            }
            unviable.extend(broken);
        }
    }

    fn copy(&self) -> Result<(), Box<dyn Error>> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()?;
        for file in String::from_utf8(listed.stdout)?.split_terminator('\0') {
            if Path::new(file).is_file() {
                put(&self.root.join(file), &fs::read(file)?)?;
            }
        }
        put(&self.root.join("shared/src/mutants.rs"), include_bytes!("switch.rs"))?;
        let library = fs::read_to_string("shared/src/lib.rs")?;
        put(
            &self.root.join("shared/src/lib.rs"),
            format!("{library}\npub mod mutants;\n").as_bytes(),
        )
    }

    /// The variants that the compiler refuses.
    fn broken(
        &self,
        written: &BTreeMap<&str, Switched>,
    ) -> Result<BTreeSet<usize>, Box<dyn Error>> {
        let mut refused = BTreeSet::new();
        // What it says of them in words is of no use to anybody.
        for message in self.cargo(&["check", "--lib"], Stdio::null())? {
            let message = &message["message"];
            if message["level"] != "error" {
                continue;
            }
            let spans = message["spans"].as_array().into_iter().flatten();
            let variants = spans.filter_map(|span| {
                let at = usize::try_from(span["byte_start"].as_u64()?).ok()?;
                let file = written.get(span["file_name"].as_str()?)?;
                file.variants.iter().find(|(range, _)| range.contains(&at)).map(|(_, it)| *it)
            });
            let variants: Vec<_> = variants.collect();
            // The last message only counts the others.
            if variants.is_empty() && message["spans"].as_array().is_some_and(|it| !it.is_empty()) {
                return Err(format!("does not compile: {}", message["rendered"]).into());
            }
            refused.extend(variants);
        }
        Ok(refused)
    }

    /// Builds the tests; the programs by their targets.
    ///
    /// # Errors
    /// They do not compile.
    pub fn tests(&self) -> Result<BTreeMap<String, PathBuf>, Box<dyn Error>> {
        let targets = ["test", "--no-run", "--lib", "--test=decisions", "--test=reconcile"];
        let built = self.cargo(&targets, Stdio::inherit())?;
        let programs = built.iter().filter_map(|message| {
            let program = message["executable"].as_str()?;
            Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(program)))
        });
        let programs: BTreeMap<_, _> = programs.collect();
        if TARGETS.iter().any(|target| !programs.contains_key(*target)) {
            return Err("the tests were not built; see above".into());
        }
        Ok(programs)
    }

    fn cargo(&self, arguments: &[&str], errors: Stdio) -> Result<Vec<Value>, Box<dyn Error>> {
        let output = Command::new("cargo")
            .args(arguments)
            .args(["--quiet", "--package=shared", "--features=testing", "--profile=mutants"])
            .arg("--message-format=json")
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.build)
            // Variants are not written by hand.
            .env("RUSTFLAGS", "--cap-lints=allow")
            .stderr(errors)
            .output()?;
        let lines = String::from_utf8(output.stdout)?;
        Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

/// Writes a file, unless it says the same: what is not written is not compiled again.
fn put(path: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).is_ok_and(|before| before == content) {
        return Ok(());
    }
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    Ok(fs::write(path, content)?)
}
