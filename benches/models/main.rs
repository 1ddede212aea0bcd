//! How often explicit models and bounds meet: random problems through the library's own commands.
//!
//! ```text
//! cargo bench --bench models -- [--family WORD]… [--count N] [--seed S] [--threads N] [--limit S] [--seconds S] [--out FILE]
//! ```
//!
//! Without `--family` all families run; a word selects those whose name contains it. Problem number i of a family is
//! made from seed S + i alone, so that `--family … --seed S --count 1` repeats it. A problem is stopped after `--limit` seconds of
//! processor time, 30 if not given; with `--seconds` none of a family is begun after so many. The tables go to stdout;
//! with `--out` the sections of the families that ran are replaced in that file.

mod families;
mod limit;
mod random;
mod table;
mod text;

use std::time::Instant;

use families::{Attempt, FAMILIES, Family};
use limit::cpu_seconds;
use table::{Outcome, Section};

/// What to run.
struct Arguments {
    families: Vec<&'static Family>,
    count: Option<u64>,
    seed: u64,
    threads: usize,
    out: Option<String>,
    /// Seconds for a problem.
    limit: f64,
    /// Seconds for a family.
    seconds: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments(std::env::args().skip(1))?;
    rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build_global()?;
    for family in arguments.families {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut section = String::new();
        let begun = Instant::now();
        for number in 0..arguments.count.unwrap_or(family.count) {
            if begun.elapsed().as_secs() >= arguments.seconds {
                break;
            }
            let seed = arguments.seed + number;
            let case = (family.problem)(seed)?;
            let start = cpu_seconds();
            let threads = arguments.threads;
            let (outcome, stopped) = limit::within(arguments.limit, |watch| {
                ((family.run)(&case, &Attempt { threads, watch }), watch.is_interrupted())
            });
            let seconds = cpu_seconds() - start;
            let outcome =
                Outcome { seed, row: case.row, classical: case.classical, seconds, stopped, ..outcome };
            eprintln!("{}: {outcome}", family.name);
            outcomes.push(outcome);
            section = Section { family, seed: arguments.seed, limit: arguments.limit, outcomes: &outcomes }
                .to_string();
            // After every problem, so that what an interrupted run has measured is there.
            if let Some(path) = &arguments.out {
                let before = std::fs::read_to_string(path).unwrap_or_default();
                std::fs::write(path, table::replaced(&before, family.name, &section))?;
            }
        }
        println!("{section}");
    }
    Ok(())
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut words = Vec::new();
    let mut arguments = Arguments {
        families: Vec::new(),
        count: None,
        seed: 0,
        threads: 1,
        out: None,
        limit: 30.0,
        seconds: u64::MAX,
    };
    while let Some(flag) = given.next() {
        // What `cargo bench` adds of its own.
        if flag == "--bench" {
            continue;
        }
        let value = given.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{flag} takes a number, not `{value}`"));
        match flag.as_str() {
            "--family" => words.push(value),
            "--count" => arguments.count = Some(number()?),
            "--seed" => arguments.seed = number()?,
            "--threads" => arguments.threads = number()? as usize,
            "--limit" => arguments.limit = number()? as f64,
            "--seconds" => arguments.seconds = number()?,
            "--out" => arguments.out = Some(value),
            _ => return Err(format!("unknown argument `{flag}`")),
        }
    }
    let chosen =
        |family: &&Family| words.is_empty() || words.iter().any(|word| family.name.contains(word.as_str()));
    arguments.families = FAMILIES.iter().filter(chosen).collect();
    if arguments.families.is_empty() {
        let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
        return Err(format!("no such family; there are: {}", names.join(", ")));
    }
    Ok(arguments)
}
