//! The states that Bob is steered to, as arrows in the Bloch sphere.

use super::canvas::{Canvas, Colour, INK, PAPER, Stroke, tint};
use super::layout::{BORDER, Heading};
use super::sphere::{Grid, Legend, Panel, Sign, TOGETHER, colour};
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
/// More states than this in a sphere have no labels: these would hide them.
const MOST_LABELS: usize = 24;

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
    let states = |panel: &BlochPanel| panel.states.iter().filter(|state| state.probability > 0.0).count();
    let most = figure.panels.iter().map(states).max().unwrap_or_default();
    if most > MOST_LABELS {
        entries.push((None, format!("{most} states in a sphere: too many for labels")));
    }
    entries.extend(figure.note.iter().map(|note| (None, note.clone())));
    entries
}

const BEHIND: (f64, f64) = (4.0, 3.0);

fn draw_states(canvas: &Canvas, panel: &Panel, states: &[SteeredState]) -> Result<(), FigureError> {
    panel.axes(canvas)?;
    let mut seen: Vec<&SteeredState> = states.iter().filter(|state| state.probability > 0.0).collect();
    // The furthest first, so that nearer ones lie over them.
    seen.sort_by(|s, t| panel.view.depth(s.vector).total_cmp(&panel.view.depth(t.vector)));
    let groups = together(panel, &seen);
    for (tip, group) in &groups {
        draw_shafts(canvas, panel, *tip, group)?;
    }
    for (tip, group) in &groups {
        draw_ends(canvas, panel, *tip, group)?;
    }
    if seen.len() > MOST_LABELS {
        return Ok(());
    }
    let label = |state: &&SteeredState| (panel.at(state.vector), state.label.clone());
    let arrow = |state: &&SteeredState| [panel.centre, panel.at(state.vector)];
    panel.labels(
        canvas,
        &seen.iter().map(label).collect::<Vec<_>>(),
        &seen.iter().map(arrow).collect::<Vec<_>>(),
    )
}

/// States whose arrows end at the same pixel.
fn together<'a>(panel: &Panel, states: &[&'a SteeredState]) -> Vec<((f64, f64), Vec<&'a SteeredState>)> {
    let mut groups: Vec<((f64, f64), Vec<&SteeredState>)> = Vec::new();
    for state in states {
        let at = panel.at(state.vector);
        let near = |group: &&mut ((f64, f64), Vec<&SteeredState>)| {
            (group.0.0 - at.0).hypot(group.0.1 - at.1) < TOGETHER
                && is_behind(panel, group.1[0]) == is_behind(panel, state)
        };
        match groups.iter_mut().find(near) {
            Some((_, group)) => group.push(state),
            None => groups.push((at, vec![state])),
        }
    }
    groups.iter_mut().for_each(|(_, group)| group.sort_by_key(|state| (state.setting, state.outcome)));
    groups
}

fn is_behind(panel: &Panel, state: &SteeredState) -> bool {
    // Arrows in the plane through the centre, up to rounding, are in front.
    panel.view.depth(state.vector) < -1e-9
}

/// The arrow of states that coincide: their colours take turns along it.
fn draw_shafts(
    canvas: &Canvas,
    panel: &Panel,
    tip: (f64, f64),
    group: &[&SteeredState],
) -> Result<(), FigureError> {
    const TURN: f64 = 14.0;
    let mut colours: Vec<usize> = group.iter().map(|state| state.setting).collect();
    colours.dedup();
    let (from, dash) = (panel.centre, is_behind(panel, group[0]).then_some(BEHIND));
    let length = (tip.0 - from.0).hypot(tip.1 - from.1);
    let turns = if colours.len() > 1 { (length / TURN).ceil().max(1.0) as usize } else { 1 };
    let at = |k: usize| {
        let share = k as f64 / turns as f64;
        (from.0 + share * (tip.0 - from.0), from.1 + share * (tip.1 - from.1))
    };
    for k in 0..turns {
        let line = Stroke { colour: colour(colours[k % colours.len()]), width: 2.6, dash };
        canvas.line(&[at(k), at(k + 1)], line)?;
    }
    Ok(())
}

/// The ends of arrows that coincide, side by side across the arrow.
fn draw_ends(
    canvas: &Canvas,
    panel: &Panel,
    tip: (f64, f64),
    group: &[&SteeredState],
) -> Result<(), FigureError> {
    /// Markers side by side take at most this.
    const WIDEST: f64 = 32.0;
    let (dx, dy) = (tip.0 - panel.centre.0, tip.1 - panel.centre.1);
    let length = dx.hypot(dy);
    let across = if length > 1.0 { (-dy / length, dx / length) } else { (1.0, 0.0) };
    let radius = |state: &SteeredState| (MARKER * state.probability.min(1.0).sqrt()).max(SMALLEST);
    let largest = group.iter().map(|state| radius(state)).fold(0.0, f64::max);
    let gaps = (group.len() - 1) as f64;
    let step = (2.0 * largest + 1.0).min(WIDEST / gaps.max(1.0));
    for (k, state) in group.iter().enumerate() {
        let shift = step * (k as f64 - gaps / 2.0);
        let at = (tip.0 + shift * across.0, tip.1 + shift * across.1);
        let strength = if is_behind(panel, state) { 0.65 } else { 1.0 };
        let ink = tint(colour(state.setting), strength);
        Marker::of(state.outcome).draw(canvas, at, radius(state), ink)?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::super::canvas::Mark;
    use super::super::sphere::{RADIUS, View};
    use super::super::tests::{assert_well_formed, texts};
    use super::*;

    fn state(setting: usize, outcome: usize, vector: [f64; 3]) -> SteeredState {
        let label = format!("{outcome}|{setting}");
        SteeredState { setting, outcome, label, probability: 0.5, vector }
    }

    fn figure(states: Vec<SteeredState>) -> BlochFigure {
        BlochFigure {
            title: "Steered states".to_owned(),
            settings: vec!["x = 0".to_owned(), "x = 1".to_owned()],
            outcomes: vec!["a = 0".to_owned(), "a = 1".to_owned()],
            panels: vec![BlochPanel { name: "σ_{a|x}".to_owned(), states }],
            note: None,
        }
    }

    /// A line, and whether it is dashed.
    type Shaft = ((f64, f64), (f64, f64), bool);

    /// The lines that are as wide as arrows.
    fn shafts(drawing: &Drawing) -> Vec<Shaft> {
        let shaft = |mark: &Mark| match mark {
            Mark::Line(points, stroke) if stroke.width == 2.6 && points.len() == 2 => {
                Some((points[0], points[1], stroke.dash.is_some()))
            }
            _ => None,
        };
        drawing.marks.iter().filter_map(shaft).collect()
    }

    /// An arrow is as long as its projection, starts in the middle, and is dashed where it leads away from the eye.
    #[test]
    fn arrows_are_bloch_vectors() {
        let vectors = [[0.0, 0.0, 1.0], [0.6, 0.0, -0.3]];
        let states = vectors.iter().enumerate().map(|(x, v)| state(x, 0, *v)).collect();
        let drawing = bloch(&figure(states)).unwrap();
        let view = View::new();
        for vector in vectors {
            let (right, up) = view.flat(vector);
            // The legend has lines too, none of which has this direction.
            let there = |(from, to, dashed): &Shaft| {
                let (dx, dy) = (to.0 - from.0, from.1 - to.1);
                let close = (dx - RADIUS * right).abs() < 1e-9 && (dy - RADIUS * up).abs() < 1e-9;
                close && *dashed == (view.depth(vector) < 0.0)
            };
            assert_eq!(shafts(&drawing).iter().filter(|shaft| there(shaft)).count(), 1, "{vector:?}");
        }
        assert!(view.depth(vectors[0]) > 0.0 && view.depth([-0.6, 0.0, 0.3]) < 0.0);
    }

    #[test]
    fn states_have_labels_and_axes_their_names() {
        let states = (0..2).flat_map(|x| (0..2).map(move |a| (x, a)));
        let sign = |a: usize| if a == 0 { 1.0 } else { -1.0 };
        let vector = |x: usize, a: usize| if x == 0 { [sign(a), 0.0, 0.0] } else { [0.0, 0.0, sign(a)] };
        let figure = figure(states.map(|(x, a)| state(x, a, vector(x, a))).collect());
        let drawing = bloch(&figure).unwrap();
        assert_well_formed(drawing.svg());
        let words: Vec<String> = texts(drawing.svg()).into_iter().map(|text| text.0).collect();
        for word in ["X", "Y", "Z", "0|0", "1|0", "0|1", "1|1", "x = 0", "a = 1", "σ_{a|x}", "behind"] {
            assert!(words.iter().any(|w| w == word), "{word} in {words:?}");
        }
        let again = bloch(&figure).unwrap();
        assert_eq!((drawing.svg(), drawing.png().unwrap()), (again.svg(), again.png().unwrap()));
    }

    /// Of states that coincide each is seen: colours take turns on the arrow, and ends stand side by side.
    #[test]
    fn states_that_coincide_are_all_seen() {
        let up = [0.0, 0.0, 1.0];
        let drawing = bloch(&figure(vec![state(0, 0, up), state(1, 1, up)])).unwrap();
        let is = |mark: &Mark, number: usize| match mark {
            Mark::Line(points, stroke) => {
                points.len() == 2 && points[0].0 == points[1].0 && stroke.colour == colour(number)
            }
            _ => false,
        };
        for number in [0, 1] {
            assert!(drawing.marks.iter().filter(|mark| is(mark, number)).count() >= 3, "{number}");
        }
        assert!(texts(drawing.svg()).iter().any(|text| text.0 == "0|0, 1|1"));
    }

    #[test]
    fn many_states_are_drawn_without_labels() {
        let many = (0..30).map(|k| state(k, k, [(k as f64).cos(), (k as f64).sin(), 0.0])).collect();
        let drawing = bloch(&figure(many)).unwrap();
        let words: Vec<String> = texts(drawing.svg()).into_iter().map(|text| text.0).collect();
        assert!(words.iter().any(|word| word.contains("too many for labels")), "{words:?}");
        assert!(!words.iter().any(|word| word.contains("7|7")));
    }

    #[test]
    fn nothing_and_numbers_that_are_none_are_refused() {
        assert!(matches!(bloch(&figure(Vec::new())), Err(FigureError::Nothing)));
        let broken = vec![state(0, 0, [f64::NAN, 0.0, 0.0])];
        assert!(matches!(bloch(&figure(broken)), Err(FigureError::NotFinite { .. })));
    }
}
