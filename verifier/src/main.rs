//! `steerq-check CERTIFICATE...`: prints what each certificate claims and whether it is proven.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use steerq_check::{MAX_BYTES, Outcome, check_bytes};

const HELP: &str = "\
Checks certificates about quantum steering in exact arithmetic: JSON, or .npz archives of models.

Usage: steerq-check CERTIFICATE...

Prints, for each file, the claim and one of
  verified                every condition holds: the claim is proven
  rejected: CONDITION     the certificate is well formed, but a condition fails
  incomplete: REASON      something is missing, malformed, unreadable or over a limit

Options:
  -h, --help     print this and exit
  -V, --version  print the version and exit

Exit code: 0 if all are verified, 1 if one is rejected, 2 if one is incomplete or unreadable
(the largest that applies).";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mut out = io::stdout().lock();
    // A closed pipe must not change the verdict, so failures to print are left alone.
    let mut options = true;
    let mut files = Vec::new();
    for argument in &arguments {
        match argument.to_str() {
            Some("-h" | "--help") if options => {
                let _ = writeln!(out, "{HELP}");
                return ExitCode::SUCCESS;
            }
            Some("-V" | "--version") if options => {
                let _ = writeln!(out, "steerq-check {}", env!("CARGO_PKG_VERSION"));
                return ExitCode::SUCCESS;
            }
            Some("--") if options => options = false,
            Some(option) if options && option.starts_with('-') => {
                let _ = writeln!(io::stderr(), "steerq-check: unknown option {option:?}, see --help");
                return ExitCode::from(2);
            }
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        let _ = writeln!(io::stderr(), "Usage: steerq-check CERTIFICATE... (see --help)");
        return ExitCode::from(2);
    }
    let mut worst = 0;
    for file in files {
        let outcome = read(file).map_or_else(
            |error| Outcome::Incomplete { claim: None, reason: format!("cannot be read: {error}") },
            |bytes| check_bytes(&bytes),
        );
        let _ = writeln!(out, "{}", file.display());
        if let Some(claim) = outcome.claim() {
            let _ = writeln!(out, "claim: {claim}");
        }
        let _ = writeln!(out, "{outcome}");
        worst = worst.max(outcome.exit_code());
    }
    ExitCode::from(worst)
}

/// A file, or as much of it as shows that it is too large.
fn read(file: &std::ffi::OsStr) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
