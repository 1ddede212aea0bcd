//! An append-only record of results: one line each, synced before it counts, so that whatever happens to the process or the
//! machine, a later run finds what was finished.
//!
//! ```text
//! {"key":"…","result":{…}} 3f2a…
//! ```
//!
//! A line is a JSON object and the first 16 hexadecimal digits of its SHA-256. `key` says what was computed: the hash of the
//! problem and the settings. A last line that is torn, and any that does not fit its checksum, is dropped when the journal is
//! opened.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The digits of a checksum.
const CHECKSUM: usize = 16;
/// What every line begins with.
const BEGINNING: &[u8] = b"{\"key\":\"";

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process writes to it.
    #[error("{path} is being written by another process; wait for it, or choose another --out")]
    Locked {
        /// The journal.
        path: String,
    },
    /// It has results, and nobody said that they are to be kept.
    #[error("{path} holds {count} results of an earlier run; add --resume to go on, or choose another --out")]
    Exists {
        /// The journal.
        path: String,
        /// Its results.
        count: usize,
    },
    /// There is something else in its place.
    #[error("{path} is no journal of a sweep; choose another --out, or move it away")]
    Foreign {
        /// The path.
        path: String,
    },
    /// The file system refused.
    #[error("cannot {what} {path}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The journal.
        path: String,
        /// The system's words.
        error: io::Error,
    },
}

/// A journal open for writing, by this process alone where the file system has locks.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where the next line begins.
    end: u64,
    locked: bool,
}

/// What a journal held when it was opened.
#[derive(Debug, Default)]
pub struct Recovered {
    /// The results by key; of several the last.
    pub results: HashMap<String, Value>,
    /// Lines that were dropped.
    pub dropped: usize,
}

impl Journal {
    /// Opens the journal at a path, or begins one. Lines that are no results are cut off where they are the last, and passed
    /// over elsewhere. Without `resume` there must be no results.
    pub fn open(path: &Path, resume: bool) -> Result<(Self, Recovered), JournalError> {
        let failed = |what| move |error| failure(what, path, error);
        let foreign = || JournalError::Foreign { path: path.display().to_string() };
        // Opening a pipe would wait for somebody at its other end.
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(foreign());
        }
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed("open"))?;
        let locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked { path: path.display().to_string() });
            }
            // Such as a cluster's shared one that is mounted without them.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => false,
            Err(TryLockError::Error(error)) => return Err(failure("lock", path, error)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed("read"))?;
        let (recovered, end) = recover(&bytes);
        // A first line may be torn, but it begins as lines do.
        let begun = bytes.iter().zip(BEGINNING).all(|(byte, expected)| byte == expected);
        if recovered.results.is_empty() && !begun {
            return Err(foreign());
        }
        if !resume && !recovered.results.is_empty() {
            let count = recovered.results.len();
            return Err(JournalError::Exists { path: path.display().to_string(), count });
        }
        let mut journal = Self { path: path.to_owned(), file, end, locked };
        journal.cut().map_err(failed("shorten"))?;
        Ok((journal, recovered))
    }

    /// Whether no other process can open it meanwhile: the file system has locks.
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// Reads a journal that is not written to; without its lock, so that a running sweep can be looked at.
    pub fn read(path: &Path) -> Result<Recovered, JournalError> {
        let bytes = std::fs::read(path).map_err(|error| failure("read", path, error))?;
        Ok(recover(&bytes).0)
    }

    /// Adds a result; when this returns, it is on the disk. If it cannot be written, the journal is left as it was.
    pub fn append(&mut self, key: &str, result: &Value) -> Result<(), JournalError> {
        let line = line(key, result);
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What of the line is there would only be dropped later.
            let _ = self.cut();
            return Err(failure("write", &self.path, error));
        }
        self.end += line.len() as u64;
        Ok(())
    }

    /// Ends the file after the last whole line, and goes there.
    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }
}

fn failure(what: &'static str, path: &Path, error: io::Error) -> JournalError {
    JournalError::Io { what, path: path.display().to_string(), error }
}

fn line(key: &str, result: &Value) -> String {
    let text = json!({"key": key, "result": result}).to_string();
    format!("{text} {}\n", checksum(&text))
}

fn checksum(text: &str) -> String {
    fingerprint([text])[..CHECKSUM].to_owned()
}

/// The SHA-256 of some texts in hexadecimal digits; each is preceded by its length, so that no two lists have the same.
pub fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The results of a journal, and where its last whole line ends.
fn recover(bytes: &[u8]) -> (Recovered, u64) {
    let mut recovered = Recovered::default();
    let mut end = 0;
    let mut position = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        position += line.len();
        match entry(line) {
            Some((key, result)) => {
                recovered.results.insert(key, result);
                end = position;
            }
            None => recovered.dropped += 1,
        }
    }
    (recovered, end as u64)
}

/// The key and the result of a line that is whole.
fn entry(line: &[u8]) -> Option<(String, Value)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (text, sum) = line.rsplit_once(' ')?;
    if checksum(text) != sum {
        return None;
    }
    let mut entry: Value = serde_json::from_str(text).ok()?;
    let key = entry.get("key")?.as_str()?.to_owned();
    Some((key, entry.get_mut("result")?.take()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn path(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("steerq-journal-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    /// A journal that is cut off anywhere has the results of its whole lines, and goes on as if nothing had happened.
    #[test]
    fn torn_anywhere() {
        let path = path("torn");
        let results: Vec<Value> = (0..4).map(|k| json!({"value": k, "text": "√2\n"})).collect();
        let (mut journal, _) = Journal::open(&path, false).unwrap();
        let mut ends = vec![0];
        for (k, result) in results.iter().enumerate() {
            journal.append(&format!("key {k}"), result).unwrap();
            ends.push(std::fs::metadata(&path).unwrap().len());
        }
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, recovered) = Journal::open(&path, true).unwrap();
            let expected = ends.iter().filter(|&&end| end > 0 && end <= length as u64).count();
            assert_eq!(recovered.results.len(), expected, "cut at {length}");
            assert_eq!(recovered.dropped, usize::from(!ends.contains(&(length as u64))), "cut at {length}");
            for (k, result) in results.iter().enumerate().skip(expected) {
                journal.append(&format!("key {k}"), result).unwrap();
            }
            drop(journal);
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {length}");
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_changed_line_is_dropped() {
        let path = path("changed");
        let (mut journal, _) = Journal::open(&path, false).unwrap();
        (0..3).for_each(|k| journal.append(&k.to_string(), &json!(k)).unwrap());
        drop(journal);
        let text = std::fs::read_to_string(&path).unwrap().replacen("\"result\":1", "\"result\":7", 1);
        std::fs::write(&path, text).unwrap();
        let recovered = Journal::read(&path).unwrap();
        assert_eq!((recovered.results.len(), recovered.dropped), (2, 1));
        std::fs::remove_file(&path).unwrap();
    }

    /// What is no journal is left as it is.
    #[test]
    fn something_else() {
        let path = path("foreign");
        std::fs::write(&path, "my notes\n").unwrap();
        for resume in [false, true] {
            assert!(matches!(Journal::open(&path, resume), Err(JournalError::Foreign { .. })));
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes\n");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(Journal::open(&path, false), Err(JournalError::Foreign { .. })));
        std::fs::remove_dir(&path).unwrap();
    }

    #[test]
    fn one_writer_and_no_surprise() {
        let path = path("locked");
        let (mut journal, _) = Journal::open(&path, false).unwrap();
        assert!(matches!(Journal::open(&path, true), Err(JournalError::Locked { .. })));
        journal.append("key", &json!(1)).unwrap();
        drop(journal);
        assert!(matches!(Journal::open(&path, false), Err(JournalError::Exists { count: 1, .. })));
        std::fs::remove_file(&path).unwrap();
    }
}
