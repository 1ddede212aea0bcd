//! Drawings as PNG files, with DejaVu Sans [Bitstream Vera, public domain] for the text: the same bytes on every machine,
//! whatever fonts it has.

use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, StrokeDash, Transform};
use ttf_parser::{Face, OutlineBuilder};

use super::canvas::{Anchor, Colour, Mark, PAPER, Stroke, Type};
use super::{Drawing, FigureError};

/// Dots for each pixel as shown: a figure of 760 pixels fills a page of text at 240 dots an inch.
pub(super) const SCALE: f32 = 2.0;
/// Dots a metre, for programs that ask how large the picture is meant: a pixel as shown is 1/96 inch.
const DENSITY: u32 = (96.0 * SCALE as f64 / 0.0254) as u32;

/// The PNG file of a drawing.
pub(super) fn png(drawing: &Drawing) -> Result<Vec<u8>, FigureError> {
    let dots = |pixels: u32| (pixels as f32 * SCALE).round() as u32;
    let size = (dots(drawing.size.0), dots(drawing.size.1));
    let refuse = |reason: String| FigureError::Drawing(reason);
    let mut sheet = Pixmap::new(size.0, size.1)
        .ok_or_else(|| refuse(format!("a picture of {} × {} dots is too large", size.0, size.1)))?;
    sheet.fill(opaque(PAPER));
    let fonts = Fonts::new()?;
    drawing.marks.iter().for_each(|mark| draw(&mut sheet, &fonts, mark));

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: DENSITY,
        yppu: DENSITY,
        unit: png::Unit::Meter,
    }));
    // Every dot is opaque: the sheet was white.
    let rgb: Vec<u8> = sheet.data().chunks_exact(4).flat_map(|dot| [dot[0], dot[1], dot[2]]).collect();
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&rgb));
    written.map_err(|error| refuse(error.to_string()))?;
    Ok(bytes)
}

fn draw(sheet: &mut Pixmap, fonts: &Fonts, mark: &Mark) {
    let scale = Transform::from_scale(SCALE, SCALE);
    match mark {
        Mark::Area(corners, colour) => {
            if let Some(path) = polyline(corners, true) {
                sheet.fill_path(&path, &paint(*colour), FillRule::Winding, scale, None);
            }
        }
        Mark::Disc { centre, radius, colour } => {
            if let Some(path) = PathBuilder::from_circle(centre.0 as f32, centre.1 as f32, *radius as f32) {
                sheet.fill_path(&path, &paint(*colour), FillRule::Winding, scale, None);
            }
        }
        Mark::Line(points, Stroke { colour, width, dash }) => {
            let dash = dash.and_then(|(dash, gap)| StrokeDash::new(vec![dash as f32, gap as f32], 0.0));
            let stroke = tiny_skia::Stroke { width: *width as f32, dash, ..tiny_skia::Stroke::default() };
            if let Some(path) = polyline(points, false) {
                sheet.stroke_path(&path, &paint(*colour), &stroke, scale, None);
            }
        }
        Mark::Text { text, at, anchor, style, upwards } => {
            if let Some((path, width)) = fonts.set(text, *style) {
                let start = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => -width / 2.0,
                    Anchor::End => -width,
                };
                let turn = if *upwards { -90.0 } else { 0.0 };
                let place = Transform::from_translate(start, 0.0)
                    .post_rotate(turn)
                    .post_translate(at.0 as f32, at.1 as f32)
                    .post_concat(scale);
                sheet.fill_path(&path, &paint(style.colour), FillRule::Winding, place, None);
            }
        }
    }
}

/// A path through points; `None` if they are none, or all the same.
fn polyline(points: &[(f64, f64)], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (k, &(x, y)) in points.iter().enumerate() {
        let (x, y) = (x as f32, y as f32);
        if k == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn opaque(Colour { 0: red, 1: green, 2: blue }: Colour) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(red, green, blue, 0xff)
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(opaque(colour));
    paint
}

/// The two weights that figures use.
struct Fonts {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Fonts {
    fn new() -> Result<Self, FigureError> {
        let face = |bytes| Face::parse(bytes, 0).map_err(|error| FigureError::Drawing(error.to_string()));
        Ok(Self { regular: face(dejavu::sans::regular())?, bold: face(dejavu::sans::bold())? })
    }

    /// The outlines of a line of text that starts at the origin and is vertically centred there, as SVG viewers centre it: by
    /// the height of an x. And its width.
    fn set(&self, text: &str, style: Type) -> Option<(Path, f32)> {
        let face = if style.bold { &self.bold } else { &self.regular };
        let size = style.size as f32 / f32::from(face.units_per_em());
        let x = face.glyph_index('x').and_then(|glyph| face.glyph_bounding_box(glyph));
        let middle = f32::from(x.map_or(0, |x| x.y_max)) * size / 2.0;
        let mut outlines = Outlines { path: PathBuilder::new(), size, pen: 0.0, baseline: middle };
        for character in text.chars() {
            // Glyph 0 is the box that stands for what a font lacks.
            let glyph = face.glyph_index(character).unwrap_or_default();
            face.outline_glyph(glyph, &mut outlines);
            outlines.pen += f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) * size;
        }
        let width = outlines.pen;
        outlines.path.finish().map(|path| (path, width))
    }
}

/// Collects glyphs, whose coordinates have y upwards.
struct Outlines {
    path: PathBuilder,
    size: f32,
    pen: f32,
    baseline: f32,
}

impl Outlines {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.pen + x * self.size, self.baseline - y * self.size)
    }
}

impl OutlineBuilder for Outlines {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::canvas::{Canvas, GREEN, INK};

    const TEXT: Type = Type { size: 15.0, bold: false, colour: INK };

    fn decoded(bytes: &[u8]) -> (png::Info<'static>, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut dots = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut dots).unwrap();
        (reader.info().clone(), dots)
    }

    /// What is drawn is where the SVG has it, at twice the size.
    #[test]
    fn dots_are_where_the_drawing_has_them() {
        let drawing = Canvas::paint(40.0, 30.0, |canvas| {
            canvas.rectangle((10.0, 10.0), (20.0, 20.0), GREEN)?;
            canvas.line(&[(30.0, 0.0), (30.0, 30.0)], Stroke::solid(INK, 2.0))
        });
        let (info, dots) = decoded(&drawing.unwrap().png().unwrap());
        assert_eq!((info.width, info.height), (80, 60));
        assert_eq!(info.pixel_dims.map(|dims| (dims.xppu, dims.yppu)), Some((7559, 7559)));
        let dot = |x: usize, y: usize| {
            let start = 3 * (80 * y + x);
            (dots[start], dots[start + 1], dots[start + 2])
        };
        let colour = |c: Colour| (c.0, c.1, c.2);
        assert_eq!([dot(20, 20), dot(39, 39)], [colour(GREEN); 2]);
        assert_eq!([dot(19, 20), dot(40, 39), dot(0, 0)], [colour(PAPER); 3]);
        assert_eq!([dot(58, 5), dot(61, 55)], [colour(INK); 2]);
    }

    /// Every sign that figures and titles use has a glyph, in both weights.
    #[test]
    fn the_notation_of_the_paper_has_glyphs() {
        let fonts = Fonts::new().unwrap();
        for character in "aZ09ψρσΣλνβδ√≤≥≈∈−×·⊗⟨⟩†⁻⁰¹²⁹₀₁|{}()é–—…∞⪰".chars()
        {
            for face in [&fonts.regular, &fonts.bold] {
                assert!(face.glyph_index(character).is_some(), "{character}");
            }
        }
    }

    /// The room that figures leave for text is enough for the font of the picture.
    #[test]
    fn text_is_not_wider_than_it_is_taken_to_be() {
        let fonts = Fonts::new().unwrap();
        for text in ["no-signalling", "Σ tr(F σ)", "4.898979487 (2√6)", "Eq. (6): Pauli steering", "WWWMMM%@"]
        {
            for style in [TEXT, Type { bold: true, ..TEXT }] {
                let (_, width) = fonts.set(text, style).unwrap();
                assert!(f64::from(width) <= style.width(text), "{text}: {width}");
            }
        }
    }
}
