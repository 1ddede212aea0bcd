//! Where things go: the heading, the axes with their units and ticks, and labels that keep out of each
//! other's way.

use super::FigureError;
use super::canvas::{Anchor, Canvas, GREY, INK, Stroke, Type};

const TITLE: Type = Type { size: 19.0, bold: true, colour: INK };
const AXIS: Type = Type { size: 15.0, bold: false, colour: INK };
const TICK: Type = Type { size: 13.0, bold: false, colour: GREY };

/// The white border.
pub(super) const BORDER: f64 = 18.0;
/// Height of the numbers and the title of the horizontal axis.
pub(super) const X_AXIS_HEIGHT: f64 = 68.0;

/// A power of ten that is taken out of the numbers of an axis and written beside its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit(i32);

impl Unit {
    /// The unit that brings the largest of `values` between 1 and 10, or 1 if they are readable as they are.
    pub(super) fn of(values: &[f64]) -> Self {
        let largest = magnitude(values);
        // Below this, powers of ten lose their precision; such a number is a zero.
        if largest < 1e-300 || (1e-3..1e5).contains(&largest) {
            return Self(0);
        }
        Self(largest.log10().floor() as i32)
    }

    /// `value` in this unit.
    pub(super) fn apply(self, value: f64) -> f64 {
        if self.0 == 0 { value } else { value / 10f64.powi(self.0) }
    }

    /// `quantity` as an axis title in this unit.
    pub(super) fn title(self, quantity: &str) -> String {
        if self.0 == 0 {
            return quantity.to_owned();
        }
        let exponent: String = self.0.to_string().chars().map(superscript).collect();
        format!("{quantity}  (×10{exponent})")
    }
}

fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        // The other digits are in order; 1, 2 and 3 came into Unicode earlier and elsewhere.
        '0' | '4'..='9' => char::from_u32(0x2070 + (c as u32 - '0' as u32)).unwrap_or(c),
        other => other,
    }
}

fn magnitude(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, v| m.max(v.abs()))
}

/// The range of an axis that shows all `values`, with some air around them. Zero is an end of it unless the
/// values crowd far away from it.
fn range(values: &[f64]) -> (f64, f64) {
    let largest = magnitude(values);
    if largest < 1e-300 {
        return (-1.0, 1.0);
    }
    let lo = values.iter().copied().fold(f64::INFINITY, f64::min);
    let hi = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = hi - lo;
    // A span that solvers cannot resolve is none: zooming into it would draw their noise.
    let crowded = span > 1e-6 * largest && span < 0.25 * largest;
    let (from, to) = if crowded { (lo, hi) } else { (lo.min(0.0), hi.max(0.0)) };
    let air = 0.08 * (to - from);
    (if from == 0.0 { 0.0 } else { from - air }, if to == 0.0 { 0.0 } else { to + air })
}

/// A linear map from values to pixels.
#[derive(Clone, Copy)]
struct Scale {
    pub values: (f64, f64),
    pub pixels: (f64, f64),
}

impl Scale {
    /// The pixel of `value`.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.values.0) / (self.values.1 - self.values.0);
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }
}

/// Between four and nine round numbers in `lo..=hi`, each with its text.
fn ticks((lo, hi): (f64, f64)) -> Vec<(f64, String)> {
    let rough = (hi - lo) / 8.0;
    let decade = rough.log10().floor();
    let digit = [1.0, 2.0, 5.0].into_iter().find(|d| d * 10f64.powf(decade) >= rough);
    // Ten of one decade is one of the next.
    let (digit, decade) = digit.map_or((1.0, decade + 1.0), |d| (d, decade));
    let (step, decimals) = (digit * 10f64.powf(decade), (-decade).max(0.0) as usize);
    let first = (lo / step - 1e-9).ceil() as i64;
    let last = (hi / step + 1e-9).floor() as i64;
    (first..=last)
        .map(|k| {
            let value = k as f64 * step;
            (value, format!("{value:.decimals$}").replace('-', "−"))
        })
        .collect()
}

/// Centres for labels of the given `sizes` that want to sit at `wanted` (in increasing order) in
/// `room.0..=room.1`: as near to that as can be, in least squares, without touching. The room must be at
/// least as long as the labels together.
pub(super) fn spread(wanted: &[f64], sizes: &[f64], room: (f64, f64)) -> Vec<f64> {
    // With the distances that neighbours must keep taken off, "does not touch" becomes "does not decrease".
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(sizes.len());
    for (i, size) in sizes.iter().enumerate() {
        offset += if i == 0 { 0.0 } else { (sizes[i - 1] + size) / 2.0 };
        offsets.push(offset);
    }
    // Pool adjacent violators: labels that would collide move as one block around their mean.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (want, offset) in wanted.iter().zip(&offsets) {
        let mut block = (want - offset, 1);
        while let Some(&(mean, count)) = blocks.last().filter(|last| last.0 > block.0) {
            blocks.pop();
            let total = count + block.1;
            block = ((mean * count as f64 + block.0 * block.1 as f64) / total as f64, total);
        }
        blocks.push(block);
    }
    let lowest = room.0 + sizes.first().map_or(0.0, |s| s / 2.0);
    let highest = (room.1 - sizes.last().map_or(0.0, |s| s / 2.0) - offset).max(lowest);
    let means = blocks.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    means.zip(&offsets).map(|(mean, offset)| mean.clamp(lowest, highest) + offset).collect()
}

/// `text` broken between words into lines that are at most `width` wide by `measure`; a longer word has a
/// line to itself.
fn wrap(text: &str, width: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure(&format!("{line} {word}")) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The rectangle of a plot. Values start at `floor`, at or above `bottom`.
pub(super) struct Plot {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub floor: f64,
}

impl Plot {
    /// The pixel of a visibility.
    pub(super) fn x(&self, visibility: f64) -> f64 {
        Scale { values: (0.0, 1.0), pixels: (self.left, self.right) }.at(visibility.clamp(0.0, 1.0))
    }
}

/// The heading, in as many lines as it needs.
pub(super) struct Heading(Vec<String>);

impl Heading {
    pub(super) fn new(title: &str, width: f64) -> Self {
        Self(wrap(title, width - 2.0 * BORDER, |line| TITLE.width(line)))
    }

    /// The height that it takes from the top of the sheet.
    pub(super) fn height(&self) -> f64 {
        BORDER + 26.0 * self.0.len() as f64 + 12.0
    }

    pub(super) fn write(&self, canvas: &Canvas) -> Result<(), FigureError> {
        for (i, line) in self.0.iter().enumerate() {
            canvas.text(line, (BORDER, BORDER + 26.0 * i as f64 + 10.0), Anchor::Start, TITLE)?;
        }
        Ok(())
    }
}

/// The vertical axis.
pub(super) struct ValueAxis {
    title: String,
    unit: Unit,
    range: (f64, f64),
    ticks: Vec<(f64, String)>,
}

impl ValueAxis {
    pub(super) fn new(quantity: &str, values: &[f64]) -> Self {
        let unit = Unit::of(values);
        let range = range(&values.iter().map(|&v| unit.apply(v)).collect::<Vec<_>>());
        Self { title: unit.title(quantity), unit, range, ticks: ticks(range) }
    }

    /// The width that it takes from the left of the sheet.
    pub(super) fn width(&self) -> f64 {
        width_with(&self.ticks)
    }

    /// The length that its title needs along it.
    pub(super) fn title_width(&self) -> f64 {
        AXIS.width(&self.title)
    }

    /// The pixel of a value.
    pub(super) fn y(&self, plot: &Plot, value: f64) -> f64 {
        Scale { values: self.range, pixels: (plot.floor, plot.top) }.at(self.unit.apply(value))
    }

    pub(super) fn draw(&self, canvas: &Canvas, plot: &Plot) -> Result<(), FigureError> {
        let scale = Scale { values: self.range, pixels: (plot.floor, plot.top) };
        let ticks = self.ticks.iter().map(|(value, text)| (scale.at(*value), text.clone()));
        draw_upwards(canvas, plot, &self.title, ticks)
    }
}

/// The width that a vertical axis with these ticks takes from the left of the sheet.
fn width_with(ticks: &[(f64, String)]) -> f64 {
    let numbers = ticks.iter().map(|(_, text)| TICK.width(text)).fold(0.0, f64::max);
    (BORDER + AXIS.size + 10.0 + numbers + 11.0).ceil()
}

/// A vertical axis with numbers at pixels.
fn draw_upwards(
    canvas: &Canvas,
    plot: &Plot,
    title: &str,
    ticks: impl Iterator<Item = (f64, String)>,
) -> Result<(), FigureError> {
    canvas.line(&[(plot.left, plot.top), (plot.left, plot.bottom)], Stroke::solid(INK, 1.2))?;
    for (y, text) in ticks {
        canvas.line(&[(plot.left - 6.0, y), (plot.left, y)], Stroke::solid(INK, 1.2))?;
        canvas.text(&text, (plot.left - 11.0, y), Anchor::End, TICK)?;
    }
    let centre = (BORDER + AXIS.size / 2.0, (plot.top + plot.bottom) / 2.0);
    canvas.text_upwards(title, centre, AXIS)
}

/// The horizontal axis, from visibility 0 to 1.
pub(super) fn draw_visibility_axis(canvas: &Canvas, plot: &Plot) -> Result<(), FigureError> {
    ParameterAxis { title: "visibility v".to_owned(), range: (0.0, 1.0) }.draw(canvas, plot)
}

/// A horizontal axis.
pub(super) struct ParameterAxis {
    pub title: String,
    /// Its ends, of which the first is the smaller one.
    pub range: (f64, f64),
}

impl ParameterAxis {
    /// The pixel of a value.
    pub(super) fn x(&self, plot: &Plot, value: f64) -> f64 {
        Scale { values: self.range, pixels: (plot.left, plot.right) }.at(value)
    }

    pub(super) fn draw(&self, canvas: &Canvas, plot: &Plot) -> Result<(), FigureError> {
        canvas.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], Stroke::solid(INK, 1.2))?;
        for (value, text) in ticks(self.range) {
            let x = self.x(plot, value);
            canvas.line(&[(x, plot.bottom), (x, plot.bottom + 6.0)], Stroke::solid(INK, 1.2))?;
            canvas.text(&text, (x, plot.bottom + 17.0), Anchor::Middle, TICK)?;
        }
        let centre = ((plot.left + plot.right) / 2.0, plot.bottom + 40.0);
        canvas.text(&self.title, centre, Anchor::Middle, AXIS)
    }

    /// The pixel of a value on a vertical axis.
    pub(super) fn y(&self, plot: &Plot, value: f64) -> f64 {
        Scale { values: self.range, pixels: (plot.bottom, plot.top) }.at(value)
    }

    /// The width that a vertical axis takes from the left of the sheet.
    pub(super) fn width(&self) -> f64 {
        width_with(&ticks(self.range))
    }

    /// The length that its title needs along it.
    pub(super) fn title_width(&self) -> f64 {
        AXIS.width(&self.title)
    }

    /// The same as a vertical axis.
    pub(super) fn draw_upwards(&self, canvas: &Canvas, plot: &Plot) -> Result<(), FigureError> {
        let ticks = ticks(self.range).into_iter().map(|(value, text)| (self.y(plot, value), text));
        draw_upwards(canvas, plot, &self.title, ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_labels_are_stacked_around_their_place_and_free_ones_stay() {
        let centres = spread(&[100.0, 100.0, 300.0], &[40.0, 40.0, 40.0], (0.0, 400.0));
        assert_eq!(centres, [80.0, 120.0, 300.0]);
    }

    #[test]
    fn labels_stay_in_their_room() {
        let centres = spread(&[0.0, 5.0, 400.0], &[30.0, 30.0, 50.0], (0.0, 400.0));
        assert_eq!(centres, [15.0, 45.0, 375.0]);
        assert_eq!(spread(&[0.0; 3], &[40.0; 3], (0.0, 120.0)), [20.0, 60.0, 100.0]);
        assert!(spread(&[], &[], (0.0, 10.0)).is_empty());
    }

    #[test]
    fn ticks_are_round_and_have_a_minus_sign() {
        let texts = |range| ticks(range).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(texts((0.0, 1.0)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts((-6.48, 0.0)), ["−6", "−5", "−4", "−3", "−2", "−1", "0"]);
        assert_eq!(texts((0.9991, 1.0001)).first().map(String::as_str), Some("0.9992"));
    }

    #[test]
    fn the_unit_is_taken_out_of_unreadable_numbers_only() {
        assert_eq!(Unit::of(&[6.0, -3.0]).title("Σ"), "Σ");
        let unit = Unit::of(&[2e-9, 3.5e-9]);
        assert_eq!(unit.title("q"), "q  (×10⁻⁹)");
        assert!((unit.apply(3.5e-9) - 3.5).abs() < 1e-12);
        assert_eq!(Unit::of(&[f64::MAX]).title("q"), "q  (×10³⁰⁸)");
        assert_eq!(Unit::of(&[f64::MIN_POSITIVE / 8.0]), Unit(0));
    }

    #[test]
    fn a_range_is_never_empty() {
        for values in [&[0.0, 0.0][..], &[2.0, 2.0], &[-1.0, -1.0 - 1e-12], &[0.999, 1.0], &[-3.0, 4.0]] {
            let (lo, hi) = range(values);
            assert!(values.iter().all(|v| (lo..=hi).contains(v)), "{values:?} in {lo}..{hi}");
            assert!(hi - lo > 1e-9 * magnitude(values) && ticks((lo, hi)).len() >= 3);
        }
    }

    #[test]
    fn long_text_is_wrapped_between_words() {
        assert_eq!(wrap("a bb ccc dddddd e", 6.0, |t| t.len() as f64), ["a bb", "ccc", "dddddd", "e"]);
    }
}
