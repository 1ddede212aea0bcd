//! Letters and words. A letter is a packed integer, so words hash, compare and copy fast.

use smallvec::SmallVec;

/// One letter: a device, one of its inputs, and an index into that device's operators.
///
/// The packing (device: 4 bits, input: 12 bits, index: 16 bits) makes the integer order the order
/// of (device, input, index).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Letter(u32);

impl Letter {
    /// The most inputs a device may have.
    pub const MAX_INPUTS: usize = 1 << 12;
    /// The most operators a device may have for one input.
    pub const MAX_INDICES: usize = 1 << 16;

    /// A letter from its parts, which must be within the limits above (the problem reader keeps
    /// scenarios well inside them).
    pub fn new(device: usize, input: usize, index: usize) -> Self {
        debug_assert!(device < 16 && input < Self::MAX_INPUTS && index < Self::MAX_INDICES);
        Self(((device as u32) << 28) | ((input as u32) << 16) | index as u32)
    }

    /// Which device it belongs to.
    pub fn device(self) -> usize {
        (self.0 >> 28) as usize
    }

    /// Which input of the device.
    pub fn input(self) -> usize {
        ((self.0 >> 16) & 0xfff) as usize
    }

    /// Which operator of that input.
    pub fn index(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    /// Another operator of the same device and input.
    pub fn with_index(self, index: usize) -> Self {
        Self((self.0 & !0xffff) | index as u32)
    }
}

/// A product of letters in normal form; the empty word is the identity.
///
/// The order is by length, then letter by letter, so that the identity comes first and low degrees
/// before high ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Word(SmallVec<[Letter; 6]>);

impl Word {
    /// The empty word.
    pub fn identity() -> Self {
        Self(SmallVec::new())
    }

    /// A word of letters that the caller knows to be in normal form.
    pub fn from_letters(letters: &[Letter]) -> Self {
        Self(SmallVec::from_slice(letters))
    }

    /// Number of letters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is the identity.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The letters in order.
    pub fn letters(&self) -> &[Letter] {
        &self.0
    }

    /// The letters of one device: a contiguous run.
    pub fn of_device(&self, device: usize) -> &[Letter] {
        let start = self.0.partition_point(|letter| letter.device() < device);
        let end = self.0.partition_point(|letter| letter.device() <= device);
        &self.0[start..end]
    }

    pub(super) fn last(&self) -> Option<Letter> {
        self.0.last().copied()
    }

    pub(super) fn push(&mut self, letter: Letter) {
        self.0.push(letter);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }
}

impl Ord for Word {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.len().cmp(&other.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Word {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
