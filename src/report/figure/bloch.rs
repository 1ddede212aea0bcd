//! The states that Bob is steered to, as arrows in the Bloch sphere.

use super::canvas::{Canvas, Colour, INK, PAPER, Stroke, tint};
use super::layout::{BORDER, Heading};
use super::sphere::{Grid, Legend, Panel, Sign, colour};
use super::{Drawing, FigureError, finite};

/// A qubit assemblage, one sphere for each input of Bob's.
#[derive(Debug, Clone, PartialEq)]
pub struct BlochFigure {
    /// The heading.
    pub title: String,
    /// Alice's settings by number, such as `x = 1`.
    pub settings: Vec<String>,
    /// Her outcomes by number, such as `a = 0`.
    pub outcomes: Vec<String>,
    /// The spheres.
    pub panels: Vec<BlochPanel>,
    /// What a reader has to know besides.
    pub note: Option<String>,
}

/// The states at one input.
#[derive(Debug, Clone, PartialEq)]
pub struct BlochPanel {
    /// Such as `y = 0: σ_{a|x0}`.
    pub name: String,
    /// The states.
    pub states: Vec<SteeredState>,
}

/// σ_{a|xy}/p(a|x).
#[derive(Debug, Clone, PartialEq)]
pub struct SteeredState {
    /// The number of the setting x.
    pub setting: usize,
    /// The number of the outcome a.
    pub outcome: usize,
    /// Such as `0|1`.
    pub label: String,
    /// p(a|x); nothing is drawn where it is zero.
    pub probability: f64,
    /// The Bloch vector: (⟨X⟩, ⟨Y⟩, ⟨Z⟩), of length one for a pure state.
    pub vector: [f64; 3],
}

/// Radius of the marker of a state that is certain.
const MARKER: f64 = 8.5;
/// Radius of the smallest marker, to be seen in print.
const SMALLEST: f64 = 2.8;

/// The spheres as a drawing.
///
/// # Errors
/// No states, or a number that is not finite.
pub fn bloch(figure: &BlochFigure) -> Result<Drawing, FigureError> {
    let states = || figure.panels.iter().flat_map(|panel| &panel.states);
    if states().next().is_none() {
        return Err(FigureError::Nothing);
    }
    for state in states() {
        finite(&state.label, state.probability)?;
        state.vector.iter().try_for_each(|&part| finite(&state.label, part))?;
    }
    let grid = Grid::new(figure.panels.len(), 1, 640.0);
    let title = Heading::new(&figure.title, grid.width());
    let grid = grid.below(title.height());
    let legend = Legend::new(entries(figure), grid.width());
    let height = (grid.bottom() + legend.height() + 1.5 * BORDER).ceil();
    let captions: Vec<_> = figure.panels.iter().map(|panel| vec![panel.name.clone()]).collect();
    Canvas::paint(grid.width(), height, |canvas| {
        title.write(canvas)?;
        grid.paint(canvas, &captions, |panel, k| draw_states(canvas, panel, &figure.panels[k].states))?;
        legend.draw(canvas, grid.bottom() + 0.5 * BORDER)
    })
}

/// What the colours and markers mean.
fn entries(figure: &BlochFigure) -> Vec<(Option<Sign<'_>>, String)> {
    let mut entries: Vec<(Option<Sign>, String)> = Vec::new();
    for (x, name) in figure.settings.iter().enumerate() {
        let sign = move |canvas: &Canvas, (x0, y): (f64, f64)| {
            canvas.line(&[(x0, y), (x0 + 24.0, y)], Stroke::solid(colour(x), 2.6))
        };
        entries.push((Some(Box::new(sign)), name.clone()));
    }
    for (a, name) in figure.outcomes.iter().enumerate() {
        let sign =
            move |canvas: &Canvas, (x0, y): (f64, f64)| Marker::of(a).draw(canvas, (x0 + 12.0, y), 6.0, INK);
        entries.push((Some(Box::new(sign)), name.clone()));
    }
    let behind = |canvas: &Canvas, (x0, y): (f64, f64)| {
        canvas.line(&[(x0, y), (x0 + 24.0, y)], Stroke { dash: Some(BEHIND), ..Stroke::solid(INK, 2.0) })
    };
    entries.push((Some(Box::new(behind)), "behind".to_owned()));
    entries.push((None, "length of an arrow: that of the Bloch vector; area of its end: p(a|x)".to_owned()));
    entries.extend(figure.note.iter().map(|note| (None, note.clone())));
    entries
}

const BEHIND: (f64, f64) = (4.0, 3.0);

fn draw_states(canvas: &Canvas, panel: &Panel, states: &[SteeredState]) -> Result<(), FigureError> {
    panel.axes(canvas)?;
    let mut seen: Vec<&SteeredState> = states.iter().filter(|state| state.probability > 0.0).collect();
    // The furthest first, so that nearer ones lie over them.
    seen.sort_by(|s, t| panel.view.depth(s.vector).total_cmp(&panel.view.depth(t.vector)));
    for state in &seen {
        let behind = panel.view.depth(state.vector) < -1e-9;
        let line = Stroke { colour: colour(state.setting), width: 2.6, dash: behind.then_some(BEHIND) };
        canvas.line(&[panel.centre, panel.at(state.vector)], line)?;
    }
    for state in &seen {
        let radius = (MARKER * state.probability.min(1.0).sqrt()).max(SMALLEST);
        let behind = panel.view.depth(state.vector) < -1e-9;
        let strength = if behind { 0.65 } else { 1.0 };
        let ink = tint(colour(state.setting), strength);
        Marker::of(state.outcome).draw(canvas, panel.at(state.vector), radius, ink)?;
    }
    let tip = |state: &&SteeredState| (panel.at(state.vector), state.label.clone());
    let arrows = |state: &&SteeredState| [panel.centre, panel.at(state.vector)];
    panel.labels(
        canvas,
        &seen.iter().map(tip).collect::<Vec<_>>(),
        &seen.iter().map(arrows).collect::<Vec<_>>(),
    )
}

/// What an outcome looks like: filled or open, so that colour is not needed to tell two apart.
#[derive(Clone, Copy)]
struct Marker {
    shape: Shape,
    open: bool,
}

#[derive(Clone, Copy)]
enum Shape {
    Disc,
    Square,
    Triangle,
    Diamond,
}

impl Marker {
    fn of(outcome: usize) -> Self {
        let shapes = [Shape::Disc, Shape::Square, Shape::Triangle, Shape::Diamond];
        Self { shape: shapes[outcome / 2 % shapes.len()], open: outcome % 2 == 1 }
    }

    fn draw(self, canvas: &Canvas, at: (f64, f64), radius: f64, colour: Colour) -> Result<(), FigureError> {
        self.shape.fill(canvas, at, radius + 1.2, PAPER)?;
        self.shape.fill(canvas, at, radius, colour)?;
        if self.open { self.shape.fill(canvas, at, 0.55 * radius, PAPER) } else { Ok(()) }
    }
}

impl Shape {
    /// With the area of a disc of this radius.
    fn fill(
        self,
        canvas: &Canvas,
        (x, y): (f64, f64),
        radius: f64,
        colour: Colour,
    ) -> Result<(), FigureError> {
        let s = radius * std::f64::consts::PI.sqrt();
        match self {
            Shape::Disc => canvas.disc((x, y), radius, colour),
            Shape::Square => {
                let h = s / 2.0;
                canvas.polygon(&[(x - h, y - h), (x + h, y - h), (x + h, y + h), (x - h, y + h)], colour)
            }
            Shape::Triangle => {
                // Of side t and area s²: t² √3/4 = s².
                let t = s * (4.0 / 3f64.sqrt()).sqrt();
                let third = t * 3f64.sqrt() / 6.0;
                canvas.polygon(
                    &[(x, y - 2.0 * third), (x + t / 2.0, y + third), (x - t / 2.0, y + third)],
                    colour,
                )
            }
            Shape::Diamond => {
                let h = s / 2f64.sqrt();
                canvas.polygon(&[(x, y - h), (x + h, y), (x, y + h), (x - h, y)], colour)
            }
        }
    }
}
