//! A search for instrumental assemblages that stay post-quantum under much noise.
//!
//! ```text
//! cargo bench --bench instrumental -- [--settings M] [--starts N] [--steps N] [--seed S]
//! ```
//!
//! Alice measures her half of a maximally entangled pair along M directions; Bob's half is left as it is for her outcome 0 and
//! transposed for 1. From random directions a step moves one of them, and is kept if level `1+AB` accepts less of the
//! assemblage. Beside them stand the solids of `problems/`. The table goes to stdout, the least visibility first.

use std::error::Error;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use steerq::backend::Settings;
use steerq::pipeline::{Options, visibility};
use steerq::problem::{Problem, Source};

type Direction = [f64; 3];

/// Directions, with the visibility above which what they make is post-quantum.
struct Found {
    name: String,
    directions: Vec<Direction>,
    visibility: f64,
    verified: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let [settings, starts, steps, seed] = arguments(std::env::args().skip(1))?;
    let climb = |number: u64| descend(settings as usize, steps, seed.wrapping_add(number));
    let climbed: Result<Vec<Found>, String> = (0..starts).into_par_iter().map(climb).collect();
    let mut found = climbed?;
    for (name, directions) in solids() {
        found.push(judged(name.to_owned(), directions)?);
    }
    found.sort_by(|one, other| one.visibility.total_cmp(&other.visibility));
    println!("| settings | directions | post-quantum above | verified |\n|---|---|---:|---|");
    for Found { name, directions, visibility, verified } in &found {
        let verified = if *verified { "yes" } else { "no" };
        println!("| {} | {name} | {visibility:.9} | {verified} |", directions.len());
    }
    if let Some(best) = found.first() {
        println!("\nThe first: {:?}", best.directions);
    }
    Ok(())
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<[u64; 4], String> {
    let mut values = [4, 4, 200, 0];
    while let Some(flag) = given.next() {
        // What `cargo bench` adds of its own.
        if flag == "--bench" {
            continue;
        }
        let flags = ["--settings", "--starts", "--steps", "--seed"];
        let Some(place) = flags.iter().position(|known| *known == flag) else {
            return Err(format!("unknown argument `{flag}`"));
        };
        let value = given.next().ok_or_else(|| format!("{flag} needs a value"))?;
        values[place] = value.parse().map_err(|_| format!("{flag} takes a number, not `{value}`"))?;
    }
    Ok(values)
}

/// The best directions of a walk from random ones whose steps become shorter where they lead nowhere.
fn descend(settings: usize, steps: u64, seed: u64) -> Result<Found, String> {
    const FIRST: f64 = 0.5;
    const SHORTER: f64 = 0.97;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let start = (0..settings).map(|_| unit(random_vector(&mut random))).collect();
    let mut best = judged(format!("walk {seed}"), start)?;
    let mut length = FIRST;
    for _ in 0..steps {
        let mut directions = best.directions.clone();
        let moved = random.random_range(0..settings);
        let step = random_vector(&mut random).map(|part| part * length);
        directions[moved] = unit(std::array::from_fn(|i| directions[moved][i] + step[i]));
        let next = judged(best.name.clone(), directions)?;
        if next.visibility < best.visibility {
            best = next;
        } else {
            length *= SHORTER;
        }
    }
    Ok(best)
}

fn random_vector(random: &mut ChaCha8Rng) -> Direction {
    loop {
        let vector: Direction = std::array::from_fn(|_| random.random_range(-1.0..1.0));
        let square: f64 = vector.iter().map(|part| part * part).sum();
        if square > 1e-4 && square < 1.0 {
            return vector;
        }
    }
}

fn unit(vector: Direction) -> Direction {
    let length = vector.iter().map(|part| part * part).sum::<f64>().sqrt();
    vector.map(|part| part / length)
}

/// The outer visibility of what these directions make.
fn judged(name: String, directions: Vec<Direction>) -> Result<Found, String> {
    let text = problem(&directions);
    let problem =
        Problem::parse(Source::new("directions", text), Path::new("")).map_err(|e| e.to_string())?;
    let settings = Settings { threads: 1, ..Settings::default() };
    let options = Options { settings, search: None, ..Options::default() };
    let report = visibility(&problem, &options).map_err(|error| error.to_string())?;
    let outer = report.visibility.outer;
    let visibility = outer.value.ok_or("no visibility")?;
    Ok(Found { name, directions, visibility, verified: outer.verified })
}

/// σ_{a|x} = ¼(1 + (−1)^a n·(X, Y, Z)), for a = 1 with −Y for Y.
fn problem(directions: &[Direction]) -> String {
    let mut elements = String::new();
    for (x, &[nx, ny, nz]) in directions.iter().enumerate() {
        for (a, [vx, vy, vz]) in [[nx, ny, nz], [-nx, ny, -nz]].into_iter().enumerate() {
            let entry = |re: f64, im: f64| format!("\"{re:e}{im:+e}i\"");
            elements += &format!(
                "{{a = {a}, x = {x}, matrix = [[{}, {}], [{}, {}]]}},\n",
                entry((1.0 + vz) / 4.0, 0.0),
                entry(vx / 4.0, -vy / 4.0),
                entry(vx / 4.0, vy / 4.0),
                entry((1.0 - vz) / 4.0, 0.0),
            );
        }
    }
    let settings = directions.len();
    format!(
        "[scenario]\nkind = \"instrumental\"\nsettings = {settings}\noutcomes = 2\ndimension = 2\n\
         [assemblage]\nelements = [\n{elements}]\n"
    )
}

fn solids() -> Vec<(&'static str, Vec<Direction>)> {
    let golden = (1.0 + 5.0_f64.sqrt()) / 2.0;
    let cube = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]];
    let icosahedron = [
        [0.0, 1.0, golden],
        [0.0, 1.0, -golden],
        [1.0, golden, 0.0],
        [1.0, -golden, 0.0],
        [golden, 0.0, 1.0],
        [-golden, 0.0, 1.0],
    ];
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let both = |half: &[Direction]| {
        half.iter().flat_map(|&n| [n, n.map(|part| -part)]).map(unit).collect::<Vec<Direction>>()
    };
    vec![
        ("three axes", axes.to_vec()),
        ("four diagonals of a cube", cube.into_iter().map(unit).collect()),
        ("six vertices of an octahedron", both(&axes)),
        ("six axes of an icosahedron", icosahedron.into_iter().map(unit).collect()),
        ("eight vertices of a cube", both(&cube)),
    ]
}
