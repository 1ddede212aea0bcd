//! An orthographic view of the Bloch sphere, in a panel among others, and the legend below them.

use super::FigureError;
use super::canvas::{
    Anchor, BLUE, Canvas, Colour, GREEN, GREY, INK, ORANGE, PURPLE, SKY, Stroke, Type, VERMILION, tint,
};
use super::layout::BORDER;

/// (X, Y, Z): ⟨X⟩, ⟨Y⟩, ⟨Z⟩ of a state.
pub(super) type Vector = [f64; 3];

/// Colours of Okabe and Ito's palette that are told apart on white, the furthest apart first.
const COLOURS: [Colour; 7] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK];

/// The colour of something by its number.
pub(super) fn colour(number: usize) -> Colour {
    COLOURS[number % COLOURS.len()]
}

/// Radius of the sphere in pixels.
pub(super) const RADIUS: f64 = 118.0;
/// Half the side of the square around it, which has room for the axes.
const HALF: f64 = 168.0;
/// Height of a line below it.
const LINE: f64 = 20.0;
/// Panels in a row.
const COLUMNS: usize = 3;
/// How far the axes stick out of the sphere.
const AXIS_END: f64 = 1.22;
/// Where their names stand.
const AXIS_NAME: f64 = 1.34;
/// Azimuth and elevation of the eye, in degrees: no axis, and no sum of few of them, points at it.
const EYE: (f64, f64) = (27.0, 18.0);
/// Pieces of a circle.
const PIECES: usize = 96;

/// Room that labels leave around points.
const MARKER: f64 = 7.0;
/// Points that share a label are named up to this number.
const MOST_TOGETHER: usize = 4;
/// Points that are nearer than this, in pixels, share their label.
pub(super) const TOGETHER: f64 = 2.5;

const LABEL: Type = Type { size: 12.0, bold: false, colour: INK };
const CAPTION: Type = Type { size: 15.0, bold: true, colour: INK };
const NOTE: Type = Type { size: 13.0, bold: false, colour: GREY };
const AXIS: Type = Type { size: 14.0, bold: false, colour: INK };

/// A point on an axis.
pub(super) fn along(axis: usize, length: f64) -> Vector {
    std::array::from_fn(|k| if k == axis { length } else { 0.0 })
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Where the eye is, and which way is right and up for it.
pub(super) struct View {
    right: Vector,
    up: Vector,
    eye: Vector,
}

impl View {
    pub(super) fn new() -> Self {
        let [(sin_a, cos_a), (sin_e, cos_e)] =
            [EYE.0, EYE.1].map(|degrees| f64::to_radians(degrees).sin_cos());
        Self {
            right: [-sin_a, cos_a, 0.0],
            up: [-sin_e * cos_a, -sin_e * sin_a, cos_e],
            eye: [cos_e * cos_a, cos_e * sin_a, sin_e],
        }
    }

    /// In radii of the sphere: to the right, and upwards.
    pub(super) fn flat(&self, point: Vector) -> (f64, f64) {
        (dot(self.right, point), dot(self.up, point))
    }

    /// How far in front of the sphere's centre.
    pub(super) fn depth(&self, point: Vector) -> f64 {
        dot(self.eye, point)
    }

    /// The direction to the eye.
    pub(super) fn eye(&self) -> Vector {
        self.eye
    }
}

/// One sphere.
pub(super) struct Panel<'a> {
    pub view: &'a View,
    /// Of the sphere's centre.
    pub centre: (f64, f64),
}

impl Panel<'_> {
    /// The pixel of a point.
    pub(super) fn at(&self, point: Vector) -> (f64, f64) {
        let (right, up) = self.view.flat(point);
        (self.centre.0 + RADIUS * right, self.centre.1 - RADIUS * up)
    }

    /// A closed curve, solid where `in_front`, and dashed and thinner elsewhere.
    pub(super) fn curve(
        &self,
        canvas: &Canvas,
        points: &[(Vector, bool)],
        stroke: Stroke,
    ) -> Result<(), FigureError> {
        for front in [false, true] {
            let behind = Stroke { width: 0.7 * stroke.width, dash: Some((3.0, 3.0)), ..stroke };
            let mut part = Vec::new();
            for (k, (point, in_front)) in points.iter().enumerate() {
                let next = points[(k + 1) % points.len()];
                if *in_front != front {
                    continue;
                }
                part.push(self.at(*point));
                if next.1 != front || k + 1 == points.len() {
                    // To the next point, so that no gap is left where the curve turns to the other side.
                    part.push(self.at(next.0));
                    canvas.line(&part, if front { stroke } else { behind })?;
                    part.clear();
                }
            }
        }
        Ok(())
    }

    /// The sphere: its outline, three great circles and the parallels at ±45°, and the axes inside.
    fn sphere(&self, canvas: &Canvas) -> Result<(), FigureError> {
        canvas.disc(self.centre, RADIUS, tint(INK, 0.03))?;
        let light = Stroke::solid(tint(INK, 0.28), 0.8);
        for circle in circles() {
            let points: Vec<_> = circle.iter().map(|&p| (p, self.view.depth(p) >= 0.0)).collect();
            self.curve(canvas, &points, light)?;
        }
        let outline: Vec<_> = ring(|cos, sin| (self.centre.0 + RADIUS * cos, self.centre.1 + RADIUS * sin));
        canvas.line(&[outline.as_slice(), &outline[..1]].concat(), Stroke::solid(GREY, 1.3))?;
        let inside = Stroke { colour: tint(INK, 0.45), width: 0.9, dash: Some((2.0, 3.0)) };
        (0..3).try_for_each(|k| canvas.line(&[self.at(along(k, -1.0)), self.at(along(k, 1.0))], inside))
    }

    /// The ends of the axes, which stick out over whatever is inside.
    pub(super) fn axes(&self, canvas: &Canvas) -> Result<(), FigureError> {
        for (k, name) in ["X", "Y", "Z"].into_iter().enumerate() {
            let at = |length: f64| self.at(along(k, length));
            canvas.line(&[at(1.0), at(AXIS_END)], Stroke::solid(GREY, 1.2))?;
            canvas.text(name, at(AXIS_NAME), Anchor::Middle, AXIS)?;
        }
        Ok(())
    }

    /// One label for each of several points, beside it where there is most room; points that coincide share theirs. `lines` are
    /// the ends of what labels had better not lie on.
    pub(super) fn labels(
        &self,
        canvas: &Canvas,
        points: &[((f64, f64), String)],
        lines: &[[(f64, f64); 2]],
    ) -> Result<(), FigureError> {
        let mut tips: Vec<((f64, f64), Vec<&str>)> = Vec::new();
        for (at, label) in points {
            let near = |tip: &&mut ((f64, f64), Vec<&str>)| (tip.0.0 - at.0).hypot(tip.0.1 - at.1) < TOGETHER;
            match tips.iter_mut().find(near) {
                Some((_, labels)) => labels.push(label),
                None => tips.push((*at, vec![label])),
            }
        }
        // Boxes by their centre and half their width; all are as high as a line of text.
        let mut taken: Vec<(f64, f64, f64)> = tips.iter().map(|((x, y), _)| (*x, *y, MARKER)).collect();
        let axes = (0..3).map(|k| [self.at(along(k, 1.0)), self.at(along(k, AXIS_END))]);
        for [from, to] in axes.chain(lines.iter().copied()) {
            let on = |share: f64| (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1), 1.0);
            taken.extend([0.2, 0.4, 0.6, 0.8, 1.0].map(on));
        }
        taken.extend((0..3).map(|k| self.at(along(k, AXIS_NAME))).map(|(x, y)| (x, y, 7.0)));
        for (at, mut labels) in tips {
            labels.sort_unstable();
            if labels.len() > MOST_TOGETHER {
                labels.truncate(MOST_TOGETHER - 1);
                labels.push("…");
            }
            let text = labels.join(", ");
            let wide = LABEL.width(&text) / 2.0;
            let outwards = (at.1 - self.centre.1).atan2(at.0 - self.centre.0);
            // Points that coincide are drawn side by side.
            let far = MARKER + 3.0 + 4.0 * (labels.len() - 1) as f64;
            let place = |turn: f64| {
                let angle = outwards + turn;
                (at.0 + (far + wide) * angle.cos(), at.1 + (far + 7.0) * angle.sin())
            };
            // How much of what is there already a label at a place would lie on.
            let cost = |turn: f64| {
                let (x, y) = place(turn);
                let beyond = ((x - self.centre.0).abs() + wide - HALF).max(0.0);
                let over = |other: &(f64, f64, f64)| {
                    let across = (wide + other.2 + 2.0 - (x - other.0).abs()).max(0.0);
                    let along = (15.0 - (y - other.1).abs()).max(0.0);
                    across.min(30.0) * along
                };
                taken.iter().map(over).sum::<f64>() + 6.0 * turn.abs() + 40.0 * beyond
            };
            let turns = [0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0];
            let best = turns.into_iter().min_by(|s, t| cost(*s).total_cmp(&cost(*t))).unwrap_or_default();
            let (x, y) = place(best);
            taken.push((x, y, wide));
            canvas.text(&text, (x, y), Anchor::Middle, LABEL)?;
        }
        Ok(())
    }

    /// The lines below the sphere: the first is its name.
    fn captions(&self, canvas: &Canvas, lines: &[String]) -> Result<(), FigureError> {
        for (k, line) in lines.iter().enumerate() {
            let at = (self.centre.0, self.centre.1 + HALF + LINE * (k as f64 + 0.25));
            canvas.text(line, at, Anchor::Middle, if k == 0 { CAPTION } else { NOTE })?;
        }
        Ok(())
    }
}

/// Evenly spaced points on a circle.
pub(super) fn ring<P>(point: impl Fn(f64, f64) -> P) -> Vec<P> {
    let angle = |k: usize| std::f64::consts::TAU * k as f64 / PIECES as f64;
    (0..PIECES).map(|k| point(angle(k).cos(), angle(k).sin())).collect()
}

/// The circles of the graticule: the great ones in the planes of two axes, and the parallels at ±45°.
pub(super) fn circles() -> [Vec<Vector>; 5] {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    [
        ring(|cos, sin| [cos, sin, 0.0]),
        ring(|cos, sin| [cos, 0.0, sin]),
        ring(|cos, sin| [0.0, cos, sin]),
        ring(|cos, sin| [half * cos, half * sin, half]),
        ring(|cos, sin| [half * cos, half * sin, -half]),
    ]
}

/// Where panels stand below a heading, with `lines` of captions each.
pub(super) struct Grid {
    columns: usize,
    rows: usize,
    top: f64,
    cell: (f64, f64),
    width: f64,
}

impl Grid {
    /// For so many panels, at least `width` wide.
    pub(super) fn new(count: usize, lines: usize, wide: f64) -> Self {
        let columns = match count {
            4 => 2,
            _ => count.clamp(1, COLUMNS),
        };
        let least = 2.0 * HALF * columns as f64 + 2.0 * BORDER;
        let cell = (2.0 * HALF, 2.0 * HALF + LINE * lines as f64 + 8.0);
        Self { columns, rows: count.div_ceil(columns), top: 0.0, cell, width: least.max(wide).ceil() }
    }

    /// Of the sheet.
    pub(super) fn width(&self) -> f64 {
        self.width
    }

    /// The same below a heading of this height.
    pub(super) fn below(self, top: f64) -> Self {
        Self { top, ..self }
    }

    /// Where the panels end.
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.cell.1 * self.rows as f64
    }

    /// The panel of a number.
    pub(super) fn panel<'a>(&self, view: &'a View, number: usize) -> Panel<'a> {
        let (row, column) = (number / self.columns, number % self.columns);
        let left = (self.width - self.cell.0 * self.columns as f64) / 2.0;
        let x = left + self.cell.0 * (column as f64 + 0.5);
        Panel { view, centre: (x, self.top + self.cell.1 * row as f64 + HALF) }
    }

    /// Paints every panel: the sphere, what `inside` adds to it ([`Panel::axes`] among it), and the captions below.
    pub(super) fn paint(
        &self,
        canvas: &Canvas,
        captions: &[Vec<String>],
        inside: impl Fn(&Panel, usize) -> Result<(), FigureError>,
    ) -> Result<(), FigureError> {
        let view = View::new();
        for (k, lines) in captions.iter().enumerate() {
            let panel = self.panel(&view, k);
            panel.sphere(canvas)?;
            inside(&panel, k)?;
            panel.captions(canvas, lines)?;
        }
        Ok(())
    }
}

/// Paints the sign of an entry of a legend, 24 pixels wide, from the given point on.
pub(super) type Sign<'a> = Box<dyn Fn(&Canvas, (f64, f64)) -> Result<(), FigureError> + 'a>;

/// Signs and what they mean, in rows; without a sign, a remark.
pub(super) struct Legend<'a> {
    entries: Vec<(Option<Sign<'a>>, String)>,
    /// By row.
    places: Vec<(usize, f64)>,
    rows: usize,
}

impl<'a> Legend<'a> {
    const SIGN: f64 = 30.0;
    const GAP: f64 = 22.0;
    const ROW: f64 = 24.0;

    pub(super) fn new(entries: Vec<(Option<Sign<'a>>, String)>, width: f64) -> Self {
        let mut places = Vec::with_capacity(entries.len());
        let (mut row, mut x) = (0, BORDER);
        for (sign, text) in &entries {
            let wide = Self::indent(sign) + NOTE.width(text);
            if x > BORDER && x + wide > width - BORDER {
                (row, x) = (row + 1, BORDER);
            }
            places.push((row, x));
            x += wide + Self::GAP;
        }
        let rows = places.last().map_or(0, |(row, _)| row + 1);
        Self { entries, places, rows }
    }

    fn indent(sign: &Option<Sign>) -> f64 {
        if sign.is_some() { Self::SIGN } else { 0.0 }
    }

    pub(super) fn height(&self) -> f64 {
        Self::ROW * self.rows as f64
    }

    pub(super) fn draw(&self, canvas: &Canvas, top: f64) -> Result<(), FigureError> {
        for ((sign, text), (row, x)) in self.entries.iter().zip(&self.places) {
            let y = top + Self::ROW * (*row as f64 + 0.5);
            if let Some(sign) = sign {
                sign(canvas, (*x, y))?;
            }
            let style = Type { colour: INK, ..NOTE };
            canvas.text(text, (x + Self::indent(sign), y), Anchor::Start, style)?;
        }
        Ok(())
    }
}
