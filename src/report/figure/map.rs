//! Verdicts or numbers over two parameters.

use super::canvas::{Anchor, BLUE, Canvas, Colour, GREEN, GREY, INK, PAPER, Stroke, Type, VERMILION, tint};
use super::layout::{BORDER, Heading, ParameterAxis, Plot, X_AXIS_HEIGHT};
use super::{Drawing, FigureError, SHEET, finite};

/// A grid over two parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct MapFigure {
    /// The heading.
    pub title: String,
    /// The parameter along the horizontal axis.
    pub across: MapAxis,
    /// That along the vertical one.
    pub up: MapAxis,
    /// What is known at each point.
    pub cells: Cells,
}

/// An axis of a [`MapFigure`].
#[derive(Debug, Clone, PartialEq)]
pub struct MapAxis {
    /// Its title, such as `visibility v`.
    pub name: String,
    /// The values of the parameter, increasing or decreasing. The cell of a value reaches half the way to the next ones, and
    /// those of the ends no further.
    pub values: Vec<f64>,
}

/// What a [`MapFigure`] shows, at [i][j] for the i-th value across and the j-th one up.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// What is known of the assemblage.
    Verdicts(Vec<Vec<Cell>>),
    /// A number, where there is one, and what it is, such as `Σ tr(F σ)`.
    Numbers(String, Vec<Vec<Option<f64>>>),
}

/// What is known at one point of two parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// There is a common-cause model.
    Classical,
    /// There is a quantum model.
    Quantum,
    /// There is none.
    PostQuantum,
    /// Neither was shown.
    Undecided,
    /// No assemblage of the general set.
    Invalid,
    /// There is no answer.
    Missing,
}

impl Cell {
    const ALL: [Self; 6] =
        [Self::Classical, Self::Quantum, Self::Undecided, Self::PostQuantum, Self::Invalid, Self::Missing];

    /// What a verdict's name says: `classical`, `quantum`, `post-quantum`, `undecided`, `invalid`; anything else is no answer.
    pub fn named(verdict: &str) -> Self {
        match verdict {
            "classical" => Self::Classical,
            "quantum" => Self::Quantum,
            "post-quantum" => Self::PostQuantum,
            "undecided" => Self::Undecided,
            "invalid" => Self::Invalid,
            _ => Self::Missing,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Classical => "classical",
            Self::Quantum => "quantum",
            Self::PostQuantum => "post-quantum",
            Self::Undecided => "undecided",
            Self::Invalid => "invalid",
            Self::Missing => "no answer",
        }
    }

    fn shade(self) -> Colour {
        match self {
            Self::Classical => tint(GREEN, 0.12),
            Self::Quantum => tint(BLUE, 0.25),
            Self::PostQuantum => tint(VERMILION, 0.42),
            Self::Undecided => tint(INK, 0.14),
            Self::Invalid | Self::Missing => PAPER,
        }
    }

    /// Lines over the shade, so that colour is not needed.
    fn hatch(self) -> &'static [Hatch] {
        match self {
            Self::Classical | Self::Missing => &[],
            Self::Quantum => &[Hatch::Level],
            Self::PostQuantum => &[Hatch::Rising],
            Self::Undecided => &[Hatch::Upright],
            Self::Invalid => &[Hatch::Rising, Hatch::Falling],
        }
    }

    fn ink(self) -> Colour {
        match self {
            Self::Quantum => tint(BLUE, 0.7),
            Self::PostQuantum => VERMILION,
            _ => tint(INK, 0.5),
        }
    }
}

/// The direction of hatching.
#[derive(Clone, Copy, PartialEq)]
enum Hatch {
    Level,
    Upright,
    Rising,
    Falling,
}

/// Distance between lines of hatching.
const SPACING: f64 = 9.0;

const LABEL: Type = Type { size: 14.0, bold: false, colour: INK };

/// The map as a drawing.
///
/// # Errors
/// Axes without two different values in order, cells that are not as many as the axes say, or a number that is not finite.
pub fn map(figure: &MapFigure) -> Result<Drawing, FigureError> {
    let across = Edges::of(&figure.across)?;
    let up = Edges::of(&figure.up)?;
    let (columns, rows) = (figure.across.values.len(), figure.up.values.len());
    let fits = match &figure.cells {
        Cells::Verdicts(cells) => cells.len() == columns && cells.iter().all(|column| column.len() == rows),
        Cells::Numbers(_, cells) => cells.len() == columns && cells.iter().all(|column| column.len() == rows),
    };
    if !fits {
        return Err(FigureError::Cells { columns, rows });
    }
    let key = Key::of(&figure.cells)?;

    let vertical = ParameterAxis { title: figure.up.name.clone(), range: up.range() };
    let horizontal = ParameterAxis { title: figure.across.name.clone(), range: across.range() };
    let margin = key.width() + 2.0 * BORDER;
    let width = (vertical.width() + 420.0 + margin).max(SHEET.0).ceil();
    let title = Heading::new(&figure.title, width);
    let room = key.height().max(vertical.title_width()).max(360.0);
    let height = (title.height() + room + X_AXIS_HEIGHT).max(SHEET.1).ceil();
    let bottom = height - X_AXIS_HEIGHT;
    let plot =
        Plot { left: vertical.width(), top: title.height(), right: width - margin, bottom, floor: bottom };
    let place = Placement {
        x: across.pixels(|value| horizontal.x(&plot, value)),
        y: up.pixels(|value| vertical.y(&plot, value)),
    };
    Canvas::paint(width, height, |canvas| {
        title.write(canvas)?;
        match &figure.cells {
            Cells::Verdicts(cells) => {
                place.fill(canvas, |i, j| cells[i][j].shade())?;
                for hatch in [Hatch::Level, Hatch::Upright, Hatch::Rising, Hatch::Falling] {
                    place.hatch(canvas, hatch, |i, j| {
                        Some(cells[i][j]).filter(|cell| cell.hatch().contains(&hatch)).map(Cell::ink)
                    })?;
                }
            }
            Cells::Numbers(_, cells) => {
                place.fill(canvas, |i, j| cells[i][j].map_or(PAPER, |value| key.colour(value)))?;
                place.hatch(canvas, Hatch::Rising, |i, j| cells[i][j].is_none().then_some(tint(INK, 0.5)))?;
            }
        }
        let corners = [(plot.left, plot.top), (plot.right, plot.top), (plot.right, plot.bottom)];
        canvas.line(&corners, Stroke::solid(GREY, 0.8))?;
        horizontal.draw(canvas, &plot)?;
        vertical.draw_upwards(canvas, &plot)?;
        key.draw(canvas, (plot.right + BORDER, plot.top))
    })
}

/// Verdicts along one parameter as a drawing: a map of one row.
///
/// # Errors
/// Those of [`map`].
pub fn verdicts(title: &str, across: &MapAxis, cells: &[Cell]) -> Result<Drawing, FigureError> {
    const STRIP: f64 = 90.0;
    let edges = Edges::of(across)?;
    if cells.len() != across.values.len() {
        return Err(FigureError::Cells { columns: across.values.len(), rows: 1 });
    }
    let key = Key::of(&Cells::Verdicts(vec![cells.to_vec()]))?;
    let axis = ParameterAxis { title: across.name.clone(), range: edges.range() };
    let width = SHEET.0;
    let title = Heading::new(title, width);
    let (left, right) = (2.0 * BORDER, width - key.width() - 2.0 * BORDER);
    let (top, bottom) = (title.height(), title.height() + STRIP.max(key.height()));
    let plot = Plot { left, top, right, bottom, floor: bottom };
    let place = Placement {
        x: edges.pixels(|value| axis.x(&plot, value)),
        y: vec![plot.top.round(), plot.bottom.round()],
    };
    Canvas::paint(width, (bottom + X_AXIS_HEIGHT).ceil(), |canvas| {
        title.write(canvas)?;
        place.fill(canvas, |i, _| cells[i].shade())?;
        for hatch in [Hatch::Level, Hatch::Upright, Hatch::Rising, Hatch::Falling] {
            let ink =
                |i: usize, _| Some(cells[i]).filter(|cell| cell.hatch().contains(&hatch)).map(Cell::ink);
            place.hatch(canvas, hatch, ink)?;
        }
        axis.draw(canvas, &plot)?;
        key.draw(canvas, (plot.right + BORDER, plot.top))
    })
}

/// The borders between the cells of an axis.
struct Edges(Vec<f64>);

impl Edges {
    fn of(axis: &MapAxis) -> Result<Self, FigureError> {
        axis.values.iter().try_for_each(|&value| finite(&axis.name, value))?;
        let values = &axis.values;
        let rising = values.windows(2).all(|pair| pair[0] < pair[1]);
        let falling = values.windows(2).all(|pair| pair[0] > pair[1]);
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Err(FigureError::Order(axis.name.clone()));
        };
        if values.len() < 2 || !(rising || falling) {
            return Err(FigureError::Order(axis.name.clone()));
        }
        let mut edges: Vec<f64> = values.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
        // The first and the last value are the ends: nothing is known beyond them.
        edges.insert(0, *first);
        edges.push(*last);
        Ok(Self(edges))
    }

    fn range(&self) -> (f64, f64) {
        let ends = (self.0[0], self.0[self.0.len() - 1]);
        (ends.0.min(ends.1), ends.0.max(ends.1))
    }

    /// Whole pixels: between cells that share a part of one, the sheet would shine through.
    fn pixels(&self, pixel: impl Fn(f64) -> f64) -> Vec<f64> {
        self.0.iter().map(|&edge| pixel(edge).round()).collect()
    }
}

/// The borders of cells, in pixels.
struct Placement {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Placement {
    /// Every cell, those of one colour above each other in one piece.
    fn fill(&self, canvas: &Canvas, colour: impl Fn(usize, usize) -> Colour) -> Result<(), FigureError> {
        let (columns, rows) = (self.x.len() - 1, self.y.len() - 1);
        for i in 0..columns {
            let changes = (1..rows).filter(|&j| colour(i, j) != colour(i, j - 1));
            let starts: Vec<usize> = [0].into_iter().chain(changes).chain([rows]).collect();
            for run in starts.windows(2) {
                let (from, to) = ((self.x[i], self.y[run[0]]), (self.x[i + 1], self.y[run[1]]));
                canvas.rectangle(from, to, colour(i, run[0]))?;
            }
        }
        Ok(())
    }

    /// Parallel lines over the cells that have an ink, each as long as the ink stays the same.
    fn hatch(
        &self,
        canvas: &Canvas,
        direction: Hatch,
        ink: impl Fn(usize, usize) -> Option<Colour>,
    ) -> Result<(), FigureError> {
        let ends = |edges: &[f64]| {
            let (a, b) = (edges[0], edges[edges.len() - 1]);
            (a.min(b), a.max(b))
        };
        let ((left, right), (top, bottom)) = (ends(&self.x), ends(&self.y));
        let (width, height) = (right - left, bottom - top);
        // A line starts at (x0, y0) and goes on along (dx, dy).
        let lines: Vec<[f64; 4]> = match direction {
            Hatch::Level => steps(height, SPACING).map(|s| [left, top + s, width, 0.0]).collect(),
            Hatch::Upright => steps(width, SPACING).map(|s| [left + s, top, 0.0, height]).collect(),
            Hatch::Rising => steps(width + height, SPACING * 2f64.sqrt())
                .map(|s| [left + s - height, bottom, height, -height])
                .collect(),
            Hatch::Falling => steps(width + height, SPACING * 2f64.sqrt())
                .map(|s| [left + s - height, top, height, height])
                .collect(),
        };
        for [x0, y0, dx, dy] in lines {
            let mut cuts: Vec<f64> = Vec::new();
            if dx != 0.0 {
                cuts.extend(self.x.iter().map(|x| (x - x0) / dx));
            }
            if dy != 0.0 {
                cuts.extend(self.y.iter().map(|y| (y - y0) / dy));
            }
            cuts.sort_by(f64::total_cmp);
            let at = |t: f64| (x0 + t * dx, y0 + t * dy);
            let mut run: Option<(f64, f64, Colour)> = None;
            for pair in cuts.windows(2) {
                let (x, y) = at((pair[0] + pair[1]) / 2.0);
                let here = cell(&self.x, x).zip(cell(&self.y, y)).and_then(|(i, j)| ink(i, j));
                run = match (run, here) {
                    (Some((from, _, colour)), Some(same)) if colour == same => Some((from, pair[1], colour)),
                    (before, here) => {
                        if let Some((from, to, colour)) = before {
                            canvas.line(&[at(from), at(to)], Stroke::solid(colour, 1.0))?;
                        }
                        here.map(|colour| (pair[0], pair[1], colour))
                    }
                };
            }
            if let Some((from, to, colour)) = run {
                canvas.line(&[at(from), at(to)], Stroke::solid(colour, 1.0))?;
            }
        }
        Ok(())
    }
}

/// Half a step, one and a half, … below `length`.
fn steps(length: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..(length / step).ceil() as usize).map(move |k| (k as f64 + 0.5) * step).filter(move |s| *s < length)
}

/// Between which neighbours of `edges`, in order up or down, a value lies.
fn cell(edges: &[f64], value: f64) -> Option<usize> {
    edges.windows(2).position(|pair| (pair[0] - value) * (pair[1] - value) <= 0.0)
}

/// A number to as many decimals as colours can tell.
fn short(value: f64) -> String {
    match format!("{value:.4}") {
        text if text.len() <= 10 => text.trim_end_matches('0').trim_end_matches('.').replace('-', "−"),
        _ => crate::report::decimal(value),
    }
}

/// What the colours mean.
enum Key {
    Verdicts(Vec<Cell>),
    Numbers { quantity: String, range: (f64, f64) },
}

impl Key {
    const SWATCH: f64 = 26.0;
    const ROW: f64 = 30.0;
    const BAR: f64 = 240.0;

    fn of(cells: &Cells) -> Result<Self, FigureError> {
        match cells {
            Cells::Verdicts(cells) => {
                let occurs = |kind: &Cell| cells.iter().flatten().any(|cell| cell == kind);
                Ok(Self::Verdicts(Cell::ALL.into_iter().filter(occurs).collect()))
            }
            Cells::Numbers(quantity, cells) => {
                let numbers = || cells.iter().flatten().flatten().copied();
                numbers().try_for_each(|number| finite(quantity, number))?;
                let least = numbers().fold(f64::INFINITY, f64::min);
                let most = numbers().fold(f64::NEG_INFINITY, f64::max);
                if least > most {
                    return Err(FigureError::Nothing);
                }
                Ok(Self::Numbers { quantity: quantity.clone(), range: (least, most) })
            }
        }
    }

    /// Light for the least number, dark for the greatest, in greyscale too.
    fn colour(&self, value: f64) -> Colour {
        let Self::Numbers { range: (least, most), .. } = self else { return PAPER };
        let share = if most > least { (value - least) / (most - least) } else { 0.5 };
        // Fine enough for the eye, and few enough for cells of one colour to be drawn together.
        tint(BLUE, 0.06 + 0.94 * (share * 64.0).round() / 64.0)
    }

    fn lines(&self) -> Vec<String> {
        match self {
            Self::Verdicts(kinds) => kinds.iter().map(|kind| kind.name().to_owned()).collect(),
            Self::Numbers { quantity, range } => {
                vec![quantity.clone(), short(range.0), short(range.1)]
            }
        }
    }

    fn width(&self) -> f64 {
        let widest = self.lines().iter().map(|line| LABEL.width(line)).fold(0.0, f64::max);
        Self::SWATCH + 10.0 + widest
    }

    fn height(&self) -> f64 {
        match self {
            Self::Verdicts(kinds) => 1.6 * Self::ROW * kinds.len() as f64,
            Self::Numbers { .. } => Self::BAR + Self::ROW,
        }
    }

    fn draw(&self, canvas: &Canvas, (x, top): (f64, f64)) -> Result<(), FigureError> {
        let beside = x + Self::SWATCH + 10.0;
        match self {
            Self::Verdicts(kinds) => {
                for (k, kind) in kinds.iter().enumerate() {
                    let y = top + 1.6 * Self::ROW * k as f64;
                    let place = Placement { x: vec![x, x + Self::SWATCH], y: vec![y, y + Self::SWATCH] };
                    place.fill(canvas, |_, _| kind.shade())?;
                    for hatch in kind.hatch() {
                        place.hatch(canvas, *hatch, |_, _| Some(kind.ink()))?;
                    }
                    let (a, b) = ((x, y), (x + Self::SWATCH, y + Self::SWATCH));
                    canvas.line(&[a, (b.0, a.1), b, (a.0, b.1), a], Stroke::solid(GREY, 0.8))?;
                    canvas.text(kind.name(), (beside, y + Self::SWATCH / 2.0), Anchor::Start, LABEL)?;
                }
            }
            Self::Numbers { quantity, range } => {
                canvas.text(quantity, (x, top + 8.0), Anchor::Start, LABEL)?;
                let (y0, pieces) = (top + Self::ROW, 60);
                for k in 0..pieces {
                    let share = |k: i32| f64::from(k) / f64::from(pieces);
                    let value = range.1 - (share(k) + 0.5 / f64::from(pieces)) * (range.1 - range.0);
                    let y = |k: i32| y0 + Self::BAR * share(k);
                    canvas.rectangle((x, y(k)), (x + Self::SWATCH, y(k + 1)), self.colour(value))?;
                }
                for (value, y) in [(range.1, y0 + 6.0), (range.0, y0 + Self::BAR - 6.0)] {
                    canvas.text(&short(value), (beside, y), Anchor::Start, LABEL)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
