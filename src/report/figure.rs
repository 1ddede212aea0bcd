//! Figures, as SVG and PNG: the ladder of an inequality and its value against visibility here, the others in files
//! of their own.
//!
//! Every bound has a colour of Okabe and Ito's palette and a label that a leader ties to it, so that colour is
//! never needed to tell bounds apart. The same input gives the same bytes.

mod bloch;
mod canvas;
mod channel;
mod curve;
mod layout;
mod map;
mod raster;
mod sphere;
mod strip;

pub use bloch::{BlochFigure, BlochPanel, SteeredState, bloch};
pub use channel::{BlochMap, ChannelFigure, channels};
pub use curve::{CurveFigure, Series, curves};
pub use map::{Cell, Cells, MapAxis, MapFigure, map, verdicts};
pub use strip::{StripFigure, StripRow, strips};

use canvas::{Anchor, BLUE, Canvas, Colour, GREEN, INK, Mark, PURPLE, SKY, Stroke, Type, VERMILION, tint};
use layout::{BORDER, Heading, Plot, ValueAxis, X_AXIS_HEIGHT, draw_visibility_axis, spread};

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// A number that has no place on an axis.
    #[error("{name} is {value}, which cannot be drawn: a figure needs finite numbers")]
    NotFinite {
        /// Which number.
        name: String,
        /// NaN or an infinity.
        value: f64,
    },
    /// A threshold that is no visibility.
    #[error("the threshold {name} is {value}, which is no visibility: it must lie between 0 and 1")]
    NotAVisibility {
        /// Which threshold.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A figure of nothing.
    #[error("there is nothing to be drawn: a figure needs at least one number")]
    Nothing,
    /// An axis of a map that is none.
    #[error("the values of {0} are no axis: they must be two or more, in order")]
    Order(String),
    /// A map with other cells than its axes say.
    #[error("a map of {columns} values across and {rows} up needs as many columns and rows of cells")]
    Cells {
        /// Values across.
        columns: usize,
        /// Values up.
        rows: usize,
    },
    /// The drawing library refused.
    #[error("the figure could not be drawn: {0}")]
    Drawing(String),
}

/// A figure that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    svg: String,
    marks: Vec<Mark>,
    /// In pixels as shown.
    size: (u32, u32),
}

impl Drawing {
    /// The SVG document.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The same without the rest.
    pub fn into_svg(self) -> String {
        self.svg
    }

    /// The PNG file, in two dots for each pixel as shown, with a font of its own.
    ///
    /// # Errors
    /// A sheet that is too large for memory.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        raster::png(self)
    }
}

/// A rung of the ladder of an inequality.
///
/// Colours, dashes and the names of regions follow from the words *classical* (or *LHS*, *common cause*),
/// *inner*, *quantum* and *no-signalling* in the name.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// Whose bound it is, such as `quantum`.
    pub name: String,
    /// The bound.
    pub value: f64,
    /// The bound as text, such as `2√6 ≈ 4.898979`.
    pub label: String,
}

/// The ladder classical ≤ quantum ≤ no-signalling of one inequality [Theory §3], and where an assemblage
/// stands on it. If the values decrease (a minimisation), the ladder leads downwards.
#[derive(Debug, Clone, PartialEq)]
pub struct LadderFigure {
    /// The heading.
    pub title: String,
    /// The axis title, such as `Σ tr(F σ)`.
    pub quantity: String,
    /// The bounds, from the smallest set to the largest.
    pub rungs: Vec<Rung>,
    /// The value on an assemblage.
    pub assemblage: Option<Rung>,
}

/// The value of an inequality on v·σ + (1 − v)·ν against the visibility v [Theory §3]: a straight line.
#[derive(Debug, Clone, PartialEq)]
pub struct VisibilityFigure {
    /// The heading.
    pub title: String,
    /// The title of the vertical axis, such as `Σ tr(F σ)`.
    pub quantity: String,
    /// The value at v = 0, on the noise.
    pub at_zero: f64,
    /// The value at v = 1, on the assemblage.
    pub at_one: f64,
    /// Horizontal lines: the classical and the quantum bound.
    pub bounds: Vec<Rung>,
    /// Vertical lines: the classical and the quantum visibility, with values in [0, 1].
    pub thresholds: Vec<Rung>,
}

const NAME: Type = Type { size: 15.0, bold: true, colour: INK };
const LABEL: Type = Type { size: 14.0, bold: false, colour: INK };
const REGION: Type = Type { size: 14.0, bold: false, colour: INK };

/// Size of the sheet; it grows where labels need more.
const SHEET: (f64, f64) = (760.0, 480.0);
/// Height of a label: a name, and the number below it.
const LABEL_HEIGHT: f64 = 42.0;
/// Distance between the plot and the labels to its right, which the leaders bridge.
const LEADER: f64 = 34.0;
/// The same to the labels above it.
const RISE: f64 = 20.0;
/// Air between labels side by side.
const LABEL_GAP: f64 = 20.0;
/// Height that the name of a region needs in a ladder.
const REGION_HEIGHT: f64 = 26.0;
/// Height of the strip for the names of regions, in two lines if need be, below a line against visibility.
const PHASE_HEIGHT: f64 = 42.0;
/// How far a threshold may stray out of [0, 1]: the tolerance of a solver, and less than a pixel.
const STRAY: f64 = 1e-6;

/// The ladder as a drawing.
///
/// # Errors
/// No rungs, or a value that is not finite.
pub fn ladder(figure: &LadderFigure) -> Result<Drawing, FigureError> {
    if figure.rungs.is_empty() {
        return Err(FigureError::Nothing);
    }
    let marks: Vec<&Rung> = figure.rungs.iter().chain(&figure.assemblage).collect();
    marks.iter().try_for_each(|rung| finite(&rung.name, rung.value))?;

    let values: Vec<f64> = marks.iter().map(|rung| rung.value).collect();
    let axis = ValueAxis::new(&figure.quantity, &values);
    let margin = margin_width(&marks);
    let width = (axis.width() + 320.0 + margin).max(SHEET.0).ceil();
    let title = Heading::new(&figure.title, width);
    let room = axis.title_width().max(LABEL_HEIGHT * marks.len() as f64);
    let height = (title.height() + room + BORDER).max(SHEET.1).ceil();
    let bottom = height - BORDER;
    let plot = Plot { left: axis.width(), top: title.height(), right: width - margin, bottom, floor: bottom };
    let y = |rung: &Rung| axis.y(&plot, rung.value);

    Canvas::paint(width, height, |canvas| {
        title.write(canvas)?;
        draw_bands(canvas, &plot, &axis, figure)?;
        axis.draw(canvas, &plot)?;
        draw_rungs(canvas, &plot, &axis, &figure.rungs)?;
        let mut labels: Vec<_> =
            figure.rungs.iter().map(|r| Placed::new(r, y(r), Role::of(r).colour())).collect();
        labels.extend(figure.assemblage.iter().map(|rung| Placed::new(rung, y(rung), INK)));
        label_right(canvas, &plot, labels, leads_upwards(&figure.rungs).unwrap_or(true))?;
        figure.assemblage.iter().try_for_each(|rung| canvas.diamond((plot.right, y(rung)), 8.0, INK))
    })
}

/// Value against visibility as a drawing. A dot marks the line at each threshold.
///
/// # Errors
/// A value that is not finite, or a threshold outside [0, 1].
pub fn visibility_curve(figure: &VisibilityFigure) -> Result<Drawing, FigureError> {
    finite("the value at visibility 0", figure.at_zero)?;
    finite("the value at visibility 1", figure.at_one)?;
    figure.bounds.iter().try_for_each(|rung| finite(&rung.name, rung.value))?;
    figure.thresholds.iter().try_for_each(visibility)?;

    let ends = [figure.at_zero, figure.at_one];
    let values: Vec<f64> = figure.bounds.iter().map(|rung| rung.value).chain(ends).collect();
    let axis = ValueAxis::new(&figure.quantity, &values);
    let margin = margin_width(&figure.bounds.iter().collect::<Vec<_>>());
    let header: f64 = figure.thresholds.iter().map(label_width).map(|w| w + LABEL_GAP).sum();
    let width = (axis.width() + 320.0 + margin).max(SHEET.0).max(header + 2.0 * BORDER).ceil();
    let title = Heading::new(&figure.title, width);
    let top = title.height() + if figure.thresholds.is_empty() { 0.0 } else { LABEL_HEIGHT + RISE };
    let room = axis.title_width().max(LABEL_HEIGHT * figure.bounds.len() as f64);
    let height = (top + room.max(280.0) + X_AXIS_HEIGHT).max(SHEET.1).ceil();
    let bottom = height - X_AXIS_HEIGHT;
    // The line stays above the floor, so that the names of the regions have the strip below it.
    let floor = bottom - PHASE_HEIGHT;
    let plot = Plot { left: axis.width(), top, right: width - margin, bottom, floor };

    Canvas::paint(width, height, |canvas| {
        title.write(canvas)?;
        draw_phases(canvas, &plot, plot.bottom - PHASE_HEIGHT / 2.0, bands(&figure.thresholds, true))?;
        axis.draw(canvas, &plot)?;
        draw_visibility_axis(canvas, &plot)?;
        draw_bounds(canvas, &plot, &axis, figure)?;
        label_above(canvas, &plot, width, &figure.thresholds)?;
        draw_line(canvas, &plot, &axis, figure)
    })
}

fn finite(name: &str, value: f64) -> Result<(), FigureError> {
    if value.is_finite() { Ok(()) } else { Err(FigureError::NotFinite { name: name.to_owned(), value }) }
}

fn visibility(threshold: &Rung) -> Result<(), FigureError> {
    let Rung { name, value, .. } = threshold;
    finite(name, *value)?;
    if (-STRAY..=1.0 + STRAY).contains(value) {
        return Ok(());
    }
    Err(FigureError::NotAVisibility { name: name.clone(), value: *value })
}

/// What a bound is a bound on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Classical,
    QuantumInner,
    Quantum,
    NoSignalling,
    Other,
}

impl Role {
    fn of(rung: &Rung) -> Self {
        Self::named(&rung.name)
    }

    fn named(name: &str) -> Self {
        let name = name.to_lowercase();
        let says = |word| name.contains(word);
        if says("classical") || says("lhs") || says("common cause") {
            Role::Classical
        } else if says("signalling") || says("signaling") {
            Role::NoSignalling
        } else if says("inner") {
            Role::QuantumInner
        } else if says("quantum") {
            Role::Quantum
        } else {
            Role::Other
        }
    }

    fn colour(self) -> Colour {
        match self {
            Role::Classical => GREEN,
            Role::QuantumInner => SKY,
            Role::Quantum => BLUE,
            Role::NoSignalling => VERMILION,
            Role::Other => PURPLE,
        }
    }

    fn dash(self) -> Option<(f64, f64)> {
        match self {
            Role::Classical => Some((2.5, 3.5)),
            Role::QuantumInner => Some((6.0, 3.0)),
            Role::Quantum => Some((11.0, 4.0)),
            Role::NoSignalling | Role::Other => None,
        }
    }
}

/// What is known of the assemblages between two bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Region {
    Classical,
    NonClassical,
    Quantum,
    Undecided,
    PostQuantum,
    Realisable,
    NotRealisable,
    Unknown,
}

impl Region {
    fn below(role: Role, previous: Option<Role>) -> Self {
        match (role, previous) {
            (Role::Classical, _) => Region::Classical,
            (Role::QuantumInner, _) => Region::Quantum,
            // Below an outer bound nothing is excluded, and without a model nothing is shown either.
            (Role::Quantum, _) => Region::Undecided,
            (Role::NoSignalling, Some(previous)) => Region::beyond(previous),
            (Role::NoSignalling, None) | (Role::Other, _) => Region::Unknown,
        }
    }

    fn beyond(role: Role) -> Self {
        match role {
            Role::Classical => Region::NonClassical,
            Role::QuantumInner => Region::Undecided,
            Role::Quantum => Region::PostQuantum,
            Role::NoSignalling | Role::Other => Region::Unknown,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Region::Classical => "classical",
            Region::NonClassical => "non-classical",
            Region::Quantum => "quantum",
            Region::Undecided => "not excluded",
            Region::PostQuantum => "post-quantum",
            Region::Realisable => "realisable",
            Region::NotRealisable => "not realisable",
            Region::Unknown => "",
        }
    }

    /// The name in two lines, if it has a hyphen.
    fn broken_name(self) -> [&'static str; 2] {
        let name = self.name();
        let (first, rest) = name.split_at(name.find('-').map_or(0, |hyphen| hyphen + 1));
        [first, rest]
    }

    /// Light enough for text, and darker from region to region in greyscale too.
    fn shade(self) -> Colour {
        match self {
            Region::Classical => tint(GREEN, 0.08),
            Region::Quantum | Region::NonClassical | Region::Realisable => tint(BLUE, 0.15),
            Region::Undecided => tint(INK, 0.14),
            Region::PostQuantum | Region::NotRealisable => tint(VERMILION, 0.27),
            Region::Unknown => canvas::PAPER,
        }
    }
}

/// A region with its ends; `None` where it goes on to the edge of the plot.
struct Band {
    from: Option<f64>,
    to: Option<f64>,
    region: Region,
}

/// The regions between `rungs`, of which each is meant to lie `upwards` of the one before.
fn bands(rungs: &[Rung], upwards: bool) -> Vec<Band> {
    let mut ordered: Vec<(Role, f64)> = rungs.iter().map(|rung| (Role::of(rung), rung.value)).collect();
    // A bound of unknown meaning says nothing about what lies around it.
    ordered.retain(|&(role, _)| role != Role::Other);
    ordered.sort_by_key(|&(role, _)| role);
    let mut bands = Vec::with_capacity(ordered.len() + 1);
    let mut previous: Option<(Role, f64)> = None;
    for (role, value) in ordered {
        // A solver's error may put equal bounds in the wrong order; a region then is empty, not inverted.
        let value = match previous {
            Some((_, last)) if upwards => value.max(last),
            Some((_, last)) => value.min(last),
            None => value,
        };
        let region = Region::below(role, previous.map(|p| p.0));
        bands.push(Band { from: previous.map(|p| p.1), to: Some(value), region });
        previous = Some((role, value));
    }
    bands.extend(previous.map(|(role, value)| Band {
        from: Some(value),
        to: None,
        region: Region::beyond(role),
    }));
    bands
}

/// Whether the values increase from the first rung to the last; `None` if they are equal.
fn leads_upwards(rungs: &[Rung]) -> Option<bool> {
    let (first, last) = (rungs.first()?.value, rungs.last()?.value);
    if first == last { None } else { Some(first < last) }
}

/// The regions between the rungs of a ladder, one above the other.
fn draw_bands(
    canvas: &Canvas,
    plot: &Plot,
    axis: &ValueAxis,
    figure: &LadderFigure,
) -> Result<(), FigureError> {
    let upwards = leads_upwards(&figure.rungs).unwrap_or(true);
    let (start, end) = if upwards { (plot.bottom, plot.top) } else { (plot.top, plot.bottom) };
    for band in bands(&figure.rungs, upwards) {
        let from = band.from.map_or(start, |value| axis.y(plot, value));
        let to = band.to.map_or(end, |value| axis.y(plot, value));
        canvas.rectangle((plot.left, from), (plot.right, to), band.region.shade())?;
        if (to - from).abs() >= REGION_HEIGHT {
            let centre = ((plot.left + plot.right) / 2.0, (from + to) / 2.0);
            canvas.text(band.region.name(), centre, Anchor::Middle, REGION)?;
        }
    }
    Ok(())
}

/// The rungs of a ladder. Those that coincide take turns along their common line.
fn draw_rungs(canvas: &Canvas, plot: &Plot, axis: &ValueAxis, rungs: &[Rung]) -> Result<(), FigureError> {
    const TURN: f64 = 16.0;
    let heights: Vec<f64> = rungs.iter().map(|rung| axis.y(plot, rung.value)).collect();
    for (i, (rung, y)) in rungs.iter().zip(&heights).enumerate() {
        let coincide =
            |heights: &[f64]| heights.iter().filter(|other| (*other - y).abs() < 1.5).count() as f64;
        let (before, all) = (coincide(&heights[..i]), coincide(&heights));
        let dash = (all > 1.0).then_some((TURN, TURN * (all - 1.0)));
        let line = Stroke { colour: Role::of(rung).colour(), width: 3.0, dash };
        canvas.line(&[(plot.left + TURN * before, *y), (plot.right, *y)], line)?;
    }
    Ok(())
}

/// The regions between the thresholds, side by side, with their names at a height where there is room.
fn draw_phases(canvas: &Canvas, plot: &Plot, at: f64, bands: Vec<Band>) -> Result<(), FigureError> {
    for band in bands {
        let from = band.from.map_or(plot.left, |v| plot.x(v));
        let to = band.to.map_or(plot.right, |v| plot.x(v));
        canvas.rectangle((from, plot.top), (to, plot.bottom), band.region.shade())?;
        // "post-quantum" is long and often has little room: it may be broken at its hyphen.
        let (whole, broken) = ([band.region.name()], band.region.broken_name());
        let fits = |lines: &[&str]| lines.iter().all(|line| REGION.width(line) + 8.0 <= to - from);
        let lines: &[&str] = if fits(&whole) { &whole } else { &broken };
        if fits(lines) {
            for (i, line) in lines.iter().enumerate() {
                let y = at + 16.0 * (i as f64 - (lines.len() - 1) as f64 / 2.0);
                canvas.text(line, ((from + to) / 2.0, y), Anchor::Middle, REGION)?;
            }
        }
    }
    Ok(())
}

/// The horizontal bounds with their labels.
fn draw_bounds(
    canvas: &Canvas,
    plot: &Plot,
    axis: &ValueAxis,
    figure: &VisibilityFigure,
) -> Result<(), FigureError> {
    let placed = |rung| Placed::new(rung, axis.y(plot, rung.value), Role::of(rung).colour());
    let labels: Vec<_> = figure.bounds.iter().map(placed).collect();
    // The first has the most gaps in its line: drawn last, it leaves one of the same height visible.
    for Placed { rung, at, colour } in labels.iter().rev() {
        let line = Stroke { colour: *colour, width: 1.8, dash: Role::of(rung).dash() };
        canvas.line(&[(plot.left, *at), (plot.right, *at)], line)?;
    }
    let upwards = leads_upwards(&figure.bounds).unwrap_or(figure.at_zero <= figure.at_one);
    label_right(canvas, plot, labels, upwards)
}

/// The line from v = 0 to v = 1, and the dots on it.
fn draw_line(
    canvas: &Canvas,
    plot: &Plot,
    axis: &ValueAxis,
    figure: &VisibilityFigure,
) -> Result<(), FigureError> {
    let (start, end) = (axis.y(plot, figure.at_zero), axis.y(plot, figure.at_one));
    canvas.line(&[(plot.x(0.0), start), (plot.x(1.0), end)], Stroke::solid(INK, 2.4))?;
    for rung in &figure.thresholds {
        let v = rung.value.clamp(0.0, 1.0);
        canvas.dot((plot.x(v), start + v * (end - start)), 5.0, Role::of(rung).colour())?;
    }
    Ok(())
}

/// A label and the pixel, along the edge of the plot, of what it belongs to.
struct Placed<'a> {
    rung: &'a Rung,
    at: f64,
    colour: Colour,
}

impl<'a> Placed<'a> {
    fn new(rung: &'a Rung, at: f64, colour: Colour) -> Self {
        Self { rung, at, colour }
    }
}

fn label_width(rung: &Rung) -> f64 {
    NAME.width(&rung.name).max(LABEL.width(&rung.label))
}

/// The width that labels to the right of the plot take, with their leaders.
fn margin_width(rungs: &[&Rung]) -> f64 {
    // Without labels, half of the last tick's number still juts out.
    rungs.iter().map(|rung| label_width(rung) + LEADER + 6.0).fold(8.0, f64::max) + BORDER
}

fn write_label(canvas: &Canvas, rung: &Rung, at: (f64, f64), anchor: Anchor) -> Result<(), FigureError> {
    canvas.text(&rung.name, (at.0, at.1 - 9.0), anchor, NAME)?;
    canvas.text(&rung.label, (at.0, at.1 + 9.0), anchor, LABEL)
}

/// Labels to the right of the plot, which leaders connect to their lines. Of equal values, the later stands
/// further `upwards`.
fn label_right(
    canvas: &Canvas,
    plot: &Plot,
    mut labels: Vec<Placed>,
    upwards: bool,
) -> Result<(), FigureError> {
    if upwards {
        labels.reverse();
    }
    labels.sort_by(|a, b| a.at.total_cmp(&b.at));
    let wanted: Vec<f64> = labels.iter().map(|label| label.at).collect();
    let centres = spread(&wanted, &vec![LABEL_HEIGHT; labels.len()], (plot.top, plot.bottom));
    for (label, y) in labels.iter().zip(centres) {
        let bend = |share: f64| plot.right + share * LEADER;
        let leader = [(bend(0.0), label.at), (bend(0.2), label.at), (bend(0.8), y), (bend(1.0), y)];
        canvas.line(&leader, Stroke::solid(label.colour, 1.2))?;
        write_label(canvas, label.rung, (bend(1.0) + 6.0, y), Anchor::Start)?;
    }
    Ok(())
}

/// The vertical thresholds, with labels above the plot.
fn label_above(canvas: &Canvas, plot: &Plot, width: f64, thresholds: &[Rung]) -> Result<(), FigureError> {
    let mut labels: Vec<_> = thresholds
        .iter()
        .map(|rung| Placed::new(rung, plot.x(rung.value), Role::of(rung).colour()))
        .collect();
    labels.sort_by(|a, b| a.at.total_cmp(&b.at));
    let wanted: Vec<f64> = labels.iter().map(|label| label.at).collect();
    let sizes: Vec<f64> = labels.iter().map(|label| label_width(label.rung) + LABEL_GAP).collect();
    let centres = spread(&wanted, &sizes, (BORDER, width - BORDER));
    for (label, x) in labels.iter().zip(centres) {
        let y = plot.top - RISE;
        let line = Stroke { width: 1.4, colour: label.colour, dash: Role::of(label.rung).dash() };
        canvas.line(&[(label.at, plot.top), (label.at, plot.bottom)], line)?;
        canvas.line(
            &[(label.at, plot.top), (label.at, plot.top - 4.0), (x, y)],
            Stroke::solid(label.colour, 1.2),
        )?;
        write_label(canvas, label.rung, (x, y - LABEL_HEIGHT / 2.0), Anchor::Middle)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
