//! ZIP archives in the form that docs/certificate.md §12 allows: members stored as they are, every name once.

use std::collections::BTreeMap;

use crate::{Checked, Stop};

/// The first bytes of an archive: those of a local header.
pub const START: &[u8] = b"PK\x03\x04";
const ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
/// The sizes of local headers and entries of the directory without their names, of the end record, and of the locator of
/// another end record that would stand before it.
const LOCAL_SIZE: usize = 30;
const ENTRY_SIZE: usize = 46;
const END_SIZE: usize = 22;
const LOCATOR_SIZE: usize = 20;
/// Version 4.5 of the format.
const MAX_VERSION: usize = 45;
/// The flags that say where sizes are written (3) and how names are (11).
const FLAGS: usize = 0x0808;

/// The contents of the members by name, as long as together at most the archive.
pub fn members(bytes: &[u8]) -> Checked<BTreeMap<&str, &[u8]>> {
    let Directory { start, list } = directory(bytes)?;
    let mut contents = Vec::new();
    for entry in &list {
        match entry.content(&bytes[..start]) {
            Some(content) => contents.push(content),
            None => return wrong(&format!("{} is not where the directory says", entry.shown())),
        }
    }
    // Before anything is read: of what overlaps there could be much more than the file has.
    let mut extents: Vec<_> =
        list.iter().zip(&contents).map(|(e, content)| (e.offset, content.end)).collect();
    extents.sort_unstable();
    if extents.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return wrong("members overlap");
    }
    let mut members = BTreeMap::new();
    for (entry, content) in list.iter().zip(contents) {
        let Ok(name) = std::str::from_utf8(entry.name) else {
            return wrong(&format!("{} is no name of a member", entry.shown()));
        };
        if checksum(&bytes[content.clone()]) != entry.checksum {
            return wrong(&format!("{} does not have its checksum", entry.shown()));
        }
        if members.insert(name, &bytes[content]).is_some() {
            return wrong(&format!("{} is there twice", entry.shown()));
        }
    }
    Ok(members)
}

fn wrong<T>(what: &str) -> Checked<T> {
    Err(Stop::Incomplete(format!("not a ZIP archive of arrays: {what}")))
}

/// The little-endian number in so many bytes.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

/// The central directory.
struct Directory<'a> {
    start: usize,
    list: Vec<Entry<'a>>,
}

struct Entry<'a> {
    name: &'a [u8],
    offset: usize,
    size: usize,
    checksum: u32,
}

fn directory(bytes: &[u8]) -> Checked<Directory<'_>> {
    let Some(end) = bytes.len().checked_sub(END_SIZE).filter(|&end| bytes[end..].starts_with(END)) else {
        return wrong("it does not end with an end record");
    };
    // Disks, entries here and in all, size and place of the directory, length of the comment.
    let field = |at, size| number(bytes, end + at, size).unwrap_or(usize::MAX);
    let (count, size, start) = (field(10, 2), field(12, 4), field(16, 4));
    if field(4, 4) != 0 || field(8, 2) != count || start.checked_add(size) != Some(end) || field(20, 2) != 0 {
        return wrong("its end record is damaged, or has a comment");
    }
    if end.checked_sub(LOCATOR_SIZE).is_some_and(|at| bytes[at..].starts_with(ZIP64_LOCATOR)) {
        return wrong("it has a ZIP64 record");
    }
    let mut rest = &bytes[start..end];
    let mut list = Vec::new();
    while !rest.is_empty() {
        let (entry, length) = entry(rest)?;
        list.push(entry);
        rest = &rest[length..];
    }
    match list.len() == count {
        true => Ok(Directory { start, list }),
        false => wrong("its directory does not have as many entries as it says"),
    }
}

/// The entry at the start of these bytes, and its length.
fn entry(bytes: &[u8]) -> Checked<(Entry<'_>, usize)> {
    let field = |at, size| number(bytes, at, size).unwrap_or(usize::MAX);
    let length = ENTRY_SIZE.saturating_add(field(28, 2));
    let Some(name) = bytes.get(ENTRY_SIZE..length).filter(|_| bytes.starts_with(ENTRY)) else {
        return wrong("its directory is damaged");
    };
    let entry = Entry { name, offset: field(42, 4), size: field(24, 4), checksum: field(16, 4) as u32 };
    let refuse = |what: &str| wrong(&format!("{} {what}", entry.shown()));
    if field(10, 2) != 0 {
        return refuse("is compressed: write it with numpy.savez");
    }
    if field(20, 4) != entry.size {
        return refuse("has two sizes");
    }
    if field(6, 2) > MAX_VERSION || field(8, 2) & !FLAGS != 0 || field(30, 4) != 0 {
        return refuse("has a version, a flag, an extra field or a comment that is not allowed");
    }
    Ok((entry, length))
}

impl Entry<'_> {
    /// Where the content is, if the local header is there.
    fn content(&self, bytes: &[u8]) -> Option<std::ops::Range<usize>> {
        let local = bytes.get(self.offset..)?;
        let name = local.get(LOCAL_SIZE..LOCAL_SIZE + number(local, 26, 2)?)?;
        let start = self.offset + LOCAL_SIZE + name.len() + number(local, 28, 2)?;
        let end = start.checked_add(self.size)?;
        (local.starts_with(START) && name == self.name && end <= bytes.len()).then_some(start..end)
    }

    /// The name for messages.
    fn shown(&self) -> String {
        let name: Vec<u8> = self.name.iter().copied().take(40).collect();
        format!("{:?}", String::from_utf8_lossy(&name))
    }
}

/// CRC-32 as in ZIP, a byte at a time.
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut rest = byte as u32;
            let mut bit = 0;
            while bit < 8 {
                rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
                bit += 1;
            }
            table[byte] = rest;
            byte += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |sum, &byte| sum >> 8 ^ TABLE[(sum as u8 ^ byte) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
    }
}
