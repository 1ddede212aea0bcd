//! What qubit channels make of the Bloch sphere.

use super::canvas::{BLUE, Canvas, INK, PAPER, SKY, Stroke, tint};
use super::layout::{BORDER, Heading};
use super::sphere::{Grid, Legend, Panel, RADIUS, Sign, Vector, along, circles, colour, dot, ring};
use super::{Drawing, FigureError, finite};

/// Maps of the Bloch ball, one sphere for each.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelFigure {
    /// The heading.
    pub title: String,
    /// The maps.
    pub channels: Vec<BlochMap>,
    /// What a reader has to know besides.
    pub note: Option<String>,
}

/// r ↦ T r + t on Bloch vectors: E((1 + r·σ)/2) = (1 + (T r + t)·σ)/2.
#[derive(Debug, Clone, PartialEq)]
pub struct BlochMap {
    /// Such as `E_y, y = 0`.
    pub name: String,
    /// T, row by row.
    pub matrix: [[f64; 3]; 3],
    /// t, the image of the centre.
    pub shift: [f64; 3],
    /// What is known of its shape, such as its semi-axes.
    pub about: Vec<String>,
}

impl BlochMap {
    /// T r + t.
    fn image(&self, r: Vector) -> Vector {
        std::array::from_fn(|k| dot(self.matrix[k], r) + self.shift[k])
    }

    /// The cofactors of T, (det T)·T^{−T}, and det T.
    fn cofactors(&self) -> ([Vector; 3], f64) {
        let m = &self.matrix;
        let minor = |i: usize, j: usize| {
            let [i1, i2] = [(i + 1) % 3, (i + 2) % 3];
            let [j1, j2] = [(j + 1) % 3, (j + 2) % 3];
            m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1]
        };
        let cofactors: [Vector; 3] = std::array::from_fn(|i| std::array::from_fn(|j| minor(i, j)));
        (cofactors, dot(m[0], cofactors[0]))
    }

    /// Whether the image is flat, and so has no side behind.
    fn is_flat(&self) -> bool {
        self.cofactors().1.abs() < 1e-9
    }

    /// Whether the surface around the image of r faces the eye: the normal there is along T^{−T} r.
    fn faces(&self, r: Vector, eye: Vector) -> bool {
        let (cofactors, determinant) = self.cofactors();
        let normal: Vector = std::array::from_fn(|i| dot(cofactors[i], r));
        self.is_flat() || determinant.signum() * dot(normal, eye) >= 0.0
    }
}

/// The images of the sphere as a drawing.
///
/// # Errors
/// No maps, or a number that is not finite.
pub fn channels(figure: &ChannelFigure) -> Result<Drawing, FigureError> {
    if figure.channels.is_empty() {
        return Err(FigureError::Nothing);
    }
    for channel in &figure.channels {
        let numbers = channel.matrix.iter().chain([&channel.shift]).flatten();
        numbers.into_iter().try_for_each(|&number| finite(&channel.name, number))?;
    }
    let lines = 1 + figure.channels.iter().map(|channel| channel.about.len()).max().unwrap_or_default();
    let grid = Grid::new(figure.channels.len(), lines, 640.0);
    let title = Heading::new(&figure.title, grid.width());
    let grid = grid.below(title.height());
    let legend = Legend::new(entries(figure), grid.width());
    let height = (grid.bottom() + legend.height() + 1.5 * BORDER).ceil();
    let captions: Vec<_> = figure
        .channels
        .iter()
        .map(|channel| [std::slice::from_ref(&channel.name), &channel.about].concat())
        .collect();
    Canvas::paint(grid.width(), height, |canvas| {
        title.write(canvas)?;
        grid.paint(canvas, &captions, |panel, k| draw_image(canvas, panel, &figure.channels[k]))?;
        legend.draw(canvas, grid.bottom() + 0.5 * BORDER)
    })
}

fn entries(figure: &ChannelFigure) -> Vec<(Option<Sign<'_>>, String)> {
    let mut entries: Vec<(Option<Sign>, String)> = Vec::new();
    let image = |canvas: &Canvas, (x, y): (f64, f64)| {
        canvas.rectangle((x, y - 7.0), (x + 24.0, y + 7.0), tint(SKY, 0.3))?;
        canvas.line(&[(x, y), (x + 24.0, y)], Stroke::solid(BLUE, 1.4))
    };
    let text = "image of the sphere, dashed where it faces away from the eye".to_owned();
    entries.push((Some(Box::new(image)), text));
    for (k, name) in AXES.into_iter().enumerate() {
        let ends = move |canvas: &Canvas, (x, y): (f64, f64)| {
            end(canvas, (x + 6.0, y), k, true)?;
            end(canvas, (x + 19.0, y), k, false)
        };
        entries.push((Some(Box::new(ends)), format!("E of {name} = +1, −1")));
    }
    entries.extend(figure.note.iter().map(|note| (None, note.clone())));
    entries
}

const AXES: [&str; 3] = ["X", "Y", "Z"];

/// A filled or an open dot in the colour of an axis.
fn end(canvas: &Canvas, at: (f64, f64), axis: usize, filled: bool) -> Result<(), FigureError> {
    canvas.dot(at, 4.6, colour(axis + 1))?;
    if filled { Ok(()) } else { canvas.disc(at, 2.5, PAPER) }
}

fn draw_image(canvas: &Canvas, panel: &Panel, map: &BlochMap) -> Result<(), FigureError> {
    let eye = panel.view.eye();
    let outline = outline(panel, map);
    canvas.polygon(&outline, tint(SKY, 0.22))?;
    for circle in circles() {
        let points: Vec<_> = circle.iter().map(|&r| (map.image(r), map.faces(r, eye))).collect();
        panel.curve(canvas, &points, Stroke::solid(BLUE, 1.2))?;
    }
    canvas.line(&[outline.as_slice(), &outline[..1]].concat(), Stroke::solid(BLUE, 1.8))?;
    panel.axes(canvas)?;
    let centre = panel.at(map.shift);
    for (dx, dy) in [(4.0, 4.0), (4.0, -4.0)] {
        let ends = [(centre.0 - dx, centre.1 - dy), (centre.0 + dx, centre.1 + dy)];
        canvas.line(&ends, Stroke::solid(INK, 1.6))?;
    }
    let at = |axis: usize, sign: f64| panel.at(map.image(along(axis, sign)));
    for axis in 0..3 {
        end(canvas, at(axis, -1.0), axis, false)?;
        end(canvas, at(axis, 1.0), axis, true)?;
    }
    let labels: Vec<_> = (0..3).map(|axis| (at(axis, 1.0), format!("E({})", AXES[axis]))).collect();
    // What is flat may be as thin as a line, on which no label should lie.
    let avoided = |axis: usize| [at(axis, if map.is_flat() { 1.0 } else { -1.0 }), at(axis, -1.0)];
    panel.labels(canvas, &labels, &[0, 1, 2].map(avoided))
}

/// The outline of an ellipsoid as the eye sees it. With A the two rows (right and up) of T it is the ellipse
/// (A Aᵀ)^{1/2}·circle around the image of the centre.
fn outline(panel: &Panel, map: &BlochMap) -> Vec<(f64, f64)> {
    let column = |j: usize| panel.view.flat(std::array::from_fn(|i| map.matrix[i][j]));
    let [mut rr, mut ru, mut uu] = [0.0; 3];
    for (right, up) in (0..3).map(column) {
        rr += right * right;
        ru += right * up;
        uu += up * up;
    }
    // The root of a 2×2 matrix M is (M + √det M)/√(tr M + 2√det M).
    let root = (rr * uu - ru * ru).max(0.0).sqrt();
    let scale = (rr + uu + 2.0 * root).sqrt().max(f64::MIN_POSITIVE);
    let (x, y) = panel.at(map.shift);
    ring(|cos, sin| {
        let right = ((rr + root) * cos + ru * sin) / scale;
        let up = (ru * cos + (uu + root) * sin) / scale;
        (x + RADIUS * right, y - RADIUS * up)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sphere::View;
    use super::super::tests::{assert_well_formed, texts};
    use super::*;

    fn map(matrix: [[f64; 3]; 3], shift: [f64; 3]) -> BlochMap {
        BlochMap { name: "E_y, y = 0".to_owned(), matrix, shift, about: vec!["centre".to_owned()] }
    }

    /// Amplitude damping, a general map, and one onto a plane.
    fn maps() -> [BlochMap; 3] {
        [
            map([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.25]], [0.0, 0.0, 0.75]),
            map([[0.5, 0.1, 0.0], [0.0, -0.33, 0.2], [0.0, 0.1, 0.4]], [0.1, 0.0, 0.4]),
            map([[0.8, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.5]], [0.0; 3]),
        ]
    }

    /// Points all over the sphere.
    fn sphere() -> Vec<Vector> {
        let rings = (0..=40).map(|k| f64::from(k) * std::f64::consts::PI / 40.0);
        rings.flat_map(|polar| ring(|cos, sin| [polar.sin() * cos, polar.sin() * sin, polar.cos()])).collect()
    }

    /// The outline reaches as far in every direction as the images of the sphere's points do.
    #[test]
    fn the_outline_is_that_of_the_images() {
        let view = View::new();
        let panel = Panel { view: &view, centre: (100.0, 100.0) };
        for map in maps() {
            let outline = outline(&panel, &map);
            for (cos, sin) in ring(|cos, sin| (cos, sin)) {
                let reach = |points: &[(f64, f64)]| {
                    points.iter().map(|p| p.0 * cos + p.1 * sin).fold(f64::NEG_INFINITY, f64::max)
                };
                let images: Vec<_> = sphere().iter().map(|&r| panel.at(map.image(r))).collect();
                // The grids miss the furthest point by up to half a step of π/40, whose cosine is 1 − 8·10⁻⁴.
                assert!((reach(&outline) - reach(&images)).abs() < 1.5e-3 * RADIUS, "{map:?}");
            }
        }
    }

    /// What faces the eye is nearer to it than what lies behind, on the same line of sight or not.
    #[test]
    fn the_side_that_faces_the_eye_is_the_nearer_half() {
        let view = View::new();
        for map in &maps()[..2] {
            let depth = |r: Vector| view.depth(map.image(r)) - view.depth(map.shift);
            let (mut near, mut far) = (f64::NEG_INFINITY, f64::INFINITY);
            for r in sphere() {
                let opposite = r.map(|part| -part);
                assert!(map.faces(r, view.eye()) || map.faces(opposite, view.eye()));
                near = near.max(if map.faces(r, view.eye()) { depth(r) } else { f64::NEG_INFINITY });
                far = far.min(if map.faces(r, view.eye()) { f64::INFINITY } else { depth(r) });
            }
            assert!(near > 0.0 && far < 0.0, "{near} {far}");
            // The nearest point of all faces the eye, and the furthest does not.
            let all = || sphere().into_iter().map(depth);
            assert_eq!(near, all().fold(f64::NEG_INFINITY, f64::max));
            assert_eq!(far, all().fold(f64::INFINITY, f64::min));
        }
    }

    #[test]
    fn images_are_drawn_with_what_is_known_of_them() {
        let figure = ChannelFigure {
            title: "Channels".to_owned(),
            channels: maps().to_vec(),
            note: Some("component 1 of 2".to_owned()),
        };
        let drawing = channels(&figure).unwrap();
        assert_well_formed(drawing.svg());
        let words: Vec<String> = texts(drawing.svg()).into_iter().map(|text| text.0).collect();
        for word in ["E(X)", "E(Y)", "E(Z)", "E_y, y = 0", "centre", "component 1 of 2"] {
            assert!(words.iter().any(|w| w == word), "{word} in {words:?}");
        }
        assert_eq!(drawing, channels(&figure).unwrap());
        let broken = map([[f64::INFINITY; 3]; 3], [0.0; 3]);
        let figure = ChannelFigure { channels: vec![broken], ..figure };
        assert!(matches!(channels(&figure), Err(FigureError::NotFinite { .. })));
        let figure = ChannelFigure { channels: Vec::new(), ..figure };
        assert!(matches!(channels(&figure), Err(FigureError::Nothing)));
    }
}
