//! What symmetry saves, and how far levels reach with it.
//!
//! ```text
//! cargo bench --bench symmetry -- [--limit S] [--only WORD] [--out FILE]
//! ```
//!
//! First table: one level of a problem, with symmetry and without. Second table: `bound --gap 1e-6`, which raises the level
//! until both sides meet or S seconds are over (600 if not given). Both sides are verified, or it is said. The tables go to
//! stdout, and to a file with `--out`; `--only` takes the problems whose name contains a word.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use steerq::backend::{Settings, Watch};
use steerq::pipeline::{Options, bound};
use steerq::problem::Problem;
use steerq::report::BoundReport;

/// Problem and level of the first table.
const LEVELS: [(&str, &str); 11] = [
    ("eq6", "1+AB"),
    ("eq6", "2"),
    ("eq6", "2+AAB+ABB"),
    ("eq6", "3"),
    ("eq6", "2+AAB+ABB+AABB"),
    ("four-inputs", "2"),
    ("icosahedral", "2"),
    ("icosahedral", "2+AAB+ABB"),
    ("mub3-transpose", "1+AB"),
    ("mub3-reduction", "1+AB"),
    ("mub3-transpose", "2"),
];

/// Problems of the second table.
const SANDWICHES: [&str; 10] = [
    "icosahedral",
    "icosahedron-transpose",
    "mub3-transpose",
    "mub3-reduction",
    "mub4-transpose",
    "mub4-reduction",
    "instrumental-mub3-transpose",
    "instrumental-mub3-reduction",
    "large/instrumental-mub4-transpose",
    "large/instrumental-mub4-reduction",
];

/// Without symmetry a solve is given up after so many seconds.
const PLAIN_SECONDS: u64 = 120;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut limit, mut only, mut out) = (600, String::new(), None);
    let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(flag) = given.next() {
        let value = given.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--limit" => limit = value.parse()?,
            "--only" => only = value,
            "--out" => out = Some(value),
            _ => return Err(format!("unknown argument `{flag}`").into()),
        }
    }
    let mut text = String::from(
        "# Symmetry\n\n`cargo bench --bench symmetry`, two cores. Seconds are those of the whole bound: finding the symmetries, building, solving, \
         proving and checking.\n\n## With and without\n\n\
         | problem | level | words | real moments | symmetries | left | blocks | s with | s without | ratio | difference |\n\
         |---|---|---:|---:|---:|---:|---|---:|---:|---:|---:|\n",
    );
    for (name, level) in LEVELS.iter().filter(|(name, _)| name.contains(&only)) {
        let row = compared(name, level)?;
        eprint!("{row}");
        text += &row;
    }
    text += &format!(
        "\n## Sandwiches\n\n`bound --gap 1e-6` for at most {limit} s; “model” and “bound” are verified unless marked. The last level tried is the one that \
         gave the bound, or beyond it; “what ended it” says why there is a gap.\n\n\
         | problem | symmetries | model | bound | gap | level | words | s | what ended it |\n\
         |---|---:|---:|---:|---:|---|---:|---:|---|\n"
    );
    for name in SANDWICHES.iter().filter(|name| name.contains(&only)) {
        let row = sandwich(name, limit)?;
        eprint!("{row}");
        text += &row;
    }
    println!("{text}");
    if let Some(path) = out {
        std::fs::write(path, text)?;
    }
    Ok(())
}

fn read(name: &str) -> Result<Problem, Box<dyn std::error::Error>> {
    Ok(Problem::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("problems").join(format!("{name}.toml")))?)
}

/// A bound that is asked to stop after so many seconds, with those that it took and whether it was asked to.
fn timed(problem: &Problem, options: Options<'_>, seconds: u64) -> (Option<BoundReport>, f64, bool) {
    let watch = Watch::default();
    let settings = Settings { watch: watch.clone(), ..options.settings.clone() };
    let options = Options { settings, ..options };
    let begun = Instant::now();
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let report = std::thread::scope(|scope| {
        let watched = watch.clone();
        scope.spawn(move || {
            if wait
                .recv_timeout(Duration::from_secs(seconds))
                .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                watched.interrupt();
            }
        });
        let report = bound(problem, &options);
        drop(done);
        report
    });
    (report.ok(), begun.elapsed().as_secs_f64(), watch.is_interrupted())
}

fn compared(name: &str, level: &str) -> Result<String, Box<dyn std::error::Error>> {
    let problem = read(name)?;
    let level: steerq::moments::Level = level.parse()?;
    let options =
        |symmetry| Options { level: Some(level.clone()), search: None, symmetry, ..Options::default() };
    let (with, seconds, _) = timed(&problem, options(true), PLAIN_SECONDS);
    let (without, plain, interrupted) = timed(&problem, options(false), PLAIN_SECONDS);
    let with = with.ok_or("no bound")?;
    let size = with.size.ok_or("no size")?;
    let used = with.solver.symmetry.as_ref();
    let value = |report: &BoundReport| report.bounds.quantum_outer.value;
    let (plain, ratio, difference) = match (&without, interrupted) {
        (Some(without), false) => {
            let difference = value(&with).zip(value(without)).map_or(f64::NAN, |(a, b)| a - b);
            (format!("{plain:.2}"), format!("{:.1}", plain / seconds), format!("{difference:.1e}"))
        }
        _ => {
            (format!("> {PLAIN_SECONDS}"), format!("> {:.0}", PLAIN_SECONDS as f64 / seconds), "–".to_owned())
        }
    };
    let blocks = used.map(|used| {
        let [least, greatest] =
            [used.blocks.iter().min(), used.blocks.iter().max()].map(|side| side.copied().unwrap_or(0));
        format!("{} of {least}–{greatest}", used.blocks.len())
    });
    Ok(format!(
        "| {name} | {level} | {} | {} | {} | {} | {} | {seconds:.2} | {plain} | {ratio} | {difference} |\n",
        size.words,
        size.variables,
        used.map_or(1, |used| used.order),
        used.map_or(size.variables, |used| used.variables),
        blocks.unwrap_or_else(|| "–".to_owned()),
    ))
}

fn sandwich(name: &str, limit: u64) -> Result<String, Box<dyn std::error::Error>> {
    let problem = read(name)?;
    // From the lowest level up, whatever the file says.
    let options = Options { level: Some("1+AB".parse()?), gap: Some(1e-6), ..Options::default() };
    let (report, seconds, interrupted) = timed(&problem, options, limit);
    let report = report.ok_or("no bound")?;
    let number = |quantity: &steerq::report::Quantity| {
        let mark = if quantity.verified { "" } else { " (numerical)" };
        quantity.value.map_or_else(|| "–".to_owned(), |value| format!("{value:.9}{mark}"))
    };
    let climb = report.climb.as_ref();
    let end = climb.and_then(|climb| climb.end.clone());
    let end = match (end, interrupted, report.gap) {
        (_, _, Some(gap)) if gap <= 1e-6 => "closed".to_owned(),
        (_, true, _) => format!("{limit} s are over"),
        (Some(end), ..) => end,
        _ => String::new(),
    };
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| {name} | {} | {} | {} | {} | {} | {} | {seconds:.0} | {end} |",
        report.solver.symmetry.as_ref().map_or(1, |symmetry| symmetry.order),
        number(&report.bounds.quantum_inner),
        number(&report.bounds.quantum_outer),
        report.gap.map_or_else(|| "–".to_owned(), |gap| format!("{gap:.1e}")),
        report.level,
        report.size.map_or(0, |size| size.words),
    );
    Ok(row)
}
