//! `steerq atlas`: everything about many problems, next to what is expected of them.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{self, AtomicUsize};
use std::time::Instant;

use super::outer::dimensions;
use super::{Error, Options, bound, certify, level, visibility};
use crate::algebra::Algebra;
use crate::problem::{Expected, Problem, ProblemError};
use crate::report::{AtlasReport, AtlasRow, Bounds, Quantity, WrittenCertificate, checks, sentence};
use crate::scenario::Kind;

/// A file of an atlas.
pub struct Entry {
    /// How the row is called; see [`unique_names`].
    pub name: String,
    /// The file, as it was given.
    pub file: String,
    /// What it means.
    pub problem: Result<Problem, ProblemError>,
}

/// Told about a row, and its certificates as (file, text), as soon as it is done.
pub type Keep<'a> = dyn Fn(&AtlasRow, &[(String, String)]) + Sync + 'a;

/// Names for files: as they are, with a number where another file has the name already, in any case, since some file
/// systems do not tell cases apart.
pub fn unique_names(stems: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut unique = |stem: String| {
        let mut name = stem.clone();
        let mut number = 2;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{stem}-{number}");
            number += 1;
        }
        name
    };
    stems.into_iter().map(&mut unique).collect()
}

/// Solves all problems, as many at a time as there are threads and the longest first. An interruption keeps the rows that
/// are done.
pub fn atlas(entries: &[Entry], options: &Options<'_>, keep: &Keep<'_>) -> AtlasReport {
    let start = Instant::now();
    let seconds: Vec<f64> = entries.iter().map(|entry| predicted(entry, options)).collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|one, other| seconds[*other].partial_cmp(&seconds[*one]).unwrap_or(Ordering::Equal));
    let count = options.progress.count("problems", entries.len(), seconds.iter().sum());
    let rows: Vec<Mutex<Option<AtlasRow>>> = entries.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let watch = &options.settings.watch;
    let work = || {
        while let Some(&index) = order.get(next.fetch_add(1, atomic::Ordering::Relaxed)) {
            let entry = &entries[index];
            if watch.is_interrupted() {
                break;
            }
            count.begin(&entry.name);
            let (row, certificates) = row(entry, options);
            // What an interrupted solve has reached says less than the row seems to.
            if watch.is_interrupted() {
                break;
            }
            keep(&row, &certificates);
            if let Ok(mut place) = rows[index].lock() {
                *place = Some(row);
            }
            count.end(&entry.name, seconds[index]);
        }
    };
    let workers = rayon::current_num_threads().min(entries.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            // A pool of one thread for each worker: two problems never wait for each other's parts.
            scope.spawn(|| match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                Ok(pool) => pool.install(work),
                Err(_) => work(),
            });
        }
    });
    let mut done = Vec::new();
    let mut left_out = Vec::new();
    for (entry, row) in entries.iter().zip(rows) {
        match row.into_inner().ok().flatten() {
            Some(row) => done.push(row),
            None => left_out.push(entry.name.clone()),
        }
    }
    AtlasReport::new(done, left_out, start.elapsed().as_secs_f64())
}

/// Roughly how long a problem takes: what its level costs, as often as it is solved, and the search for models, which
/// on the problems of the repository grows like the square of the number of entries.
fn predicted(entry: &Entry, options: &Options<'_>) -> f64 {
    /// Entries with which the search for a model of an assemblage takes its limit, and the most that it takes of it: the
    /// last round may begin just before.
    const ENTRIES: f64 = 110.0;
    const MOST: f64 = 4.0;
    /// The share of that which the search for a high value takes.
    const VALUE: f64 = 0.25;
    let Ok(problem) = &entry.problem else { return 0.0 };
    let scenario = &problem.scenario;
    if scenario.kind == Kind::Sequential {
        return 0.0;
    }
    let words = level(problem, options).size(&Algebra::of_scenario(scenario));
    let solve = options.backend.predict(&dimensions(words, true)).seconds;
    let d = scenario.dimension() as f64;
    let entries =
        scenario.shape().iter().product::<usize>() as f64 * if scenario.is_diagonal() { d } else { d * d };
    let search = options
        .search
        .as_ref()
        .map_or(0.0, |search| search.max_seconds * (entries / ENTRIES).powi(2).min(MOST));
    let mut seconds = 0.0;
    if problem.assemblage().ok().flatten().is_some() {
        // `certify` and `visibility`; a traditional model needs no search.
        seconds += 2.0 * solve + if scenario.kind == Kind::Traditional { 0.0 } else { search };
    }
    if problem.functional.is_some() {
        seconds += solve + VALUE * search;
    }
    seconds
}

/// What one problem gives, and its certificates as (file, text).
fn row(entry: &Entry, options: &Options<'_>) -> (AtlasRow, Vec<(String, String)>) {
    let start = Instant::now();
    let mut row = AtlasRow {
        name: entry.name.clone(),
        file: entry.file.clone(),
        subject: None,
        error: None,
        verdict: None,
        verified: false,
        evidence: None,
        sense: None,
        bounds: None,
        assemblage: None,
        visibility: None,
        level: None,
        expected: Vec::new(),
        agreement: None,
        certificates: Vec::new(),
        seconds: 0.0,
    };
    let mut certificates = Vec::new();
    match &entry.problem {
        Ok(problem) => {
            row.subject = Some(super::subject(problem));
            certificates = solve(problem, &mut row, options);
        }
        Err(error) => row.error = Some(error.line()),
    }
    row.seconds = start.elapsed().as_secs_f64();
    (row, certificates)
}

fn solve(problem: &Problem, row: &mut AtlasRow, options: &Options<'_>) -> Vec<(String, String)> {
    let alone = options.alone();
    let mut errors = Vec::new();
    let mut answered = |result: Result<(), Error>| {
        if let Err(error) = result {
            errors.push(error.to_string());
        }
    };
    let mut certificates = Vec::new();
    let mut write = |what: &'static str, text: Option<&String>| {
        if let Some(text) = text {
            let file = format!("{}-{what}.cert.json", row.name);
            row.certificates.push(WrittenCertificate { what, file: file.clone() });
            certificates.push((file, text.clone()));
        }
    };
    let mut verdict = None;
    // A partial assemblage is for `realise`.
    let known =
        problem.assemblage_with_violations().ok().flatten().map(|(_, violations)| violations.is_empty());
    if let Some(valid) = known {
        answered(certify(problem, &alone).map(|report| {
            row.verdict = Some(report.verdict);
            row.verified = report.verified;
            row.evidence = Some(sentence(&report));
            row.level = report.level.clone();
            write(report.verdict.name(), report.certificate.as_ref());
            verdict = Some(report);
        }));
        if valid && problem.has_visibilities() {
            answered(visibility(problem, &alone).map(|report| {
                let found = report.visibility;
                write("quantum-visibility", found.outer.certificate.as_ref());
                write("quantum-visibility-model", found.inner.certificate.as_ref());
                write("classical-visibility", found.classical.certificate.as_ref());
                row.visibility = Some(found);
                row.level = Some(report.level);
            }));
        }
    }
    if problem.functional.is_some() && known != Some(false) {
        answered(bound(problem, &alone).map(|report| {
            let Bounds { classical, quantum_inner, quantum_outer, no_signalling } = &report.bounds;
            let proofs: [(&'static str, &Quantity); 4] = [
                ("classical-bound", classical),
                ("quantum-bound", quantum_outer),
                ("quantum-model", quantum_inner),
                ("no-signalling-bound", no_signalling),
            ];
            for (what, quantity) in proofs {
                write(what, quantity.certificate.as_ref());
            }
            row.sense = Some(report.sense);
            row.assemblage = report.assemblage;
            // Sequential scenarios have no levels.
            row.level = Some(report.level).filter(|_| problem.scenario.kind != Kind::Sequential);
            row.bounds = Some(report.bounds);
        }));
    }
    if known.is_none() && problem.functional.is_none() {
        errors.push("its assemblage is partial, which only `steerq realise` works with".to_owned());
    }
    row.error = (!errors.is_empty()).then(|| errors.join("; "));
    let none = Expected::default();
    let expected = problem.expected.as_ref().unwrap_or(&none);
    let ladder = row.bounds.as_ref().zip(row.sense);
    row.expected = checks(expected, verdict.as_ref(), ladder, row.visibility.as_ref());
    row.agreement = row.expected.iter().map(|check| check.agreement).max();
    certificates
}

#[cfg(test)]
mod tests {
    use super::unique_names;

    #[test]
    fn names_are_unique_on_any_file_system() {
        let names = unique_names(["a", "A", "a", "a-2", "b"].map(str::to_owned));
        assert_eq!(names, ["a", "A-2", "a-3", "a-2-2", "b"]);
    }
}
