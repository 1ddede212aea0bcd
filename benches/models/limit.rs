//! Processor time, and what ends when it is over.

use std::sync::LazyLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use steerq::backend::Watch;

/// What some work gives that is asked to stop, as by Ctrl-C, after so many seconds of this process's time: solvers then
/// stop with the best that they have.
pub fn within<T>(seconds: f64, work: impl FnOnce(&Watch) -> T) -> T {
    const LOOK: Duration = Duration::from_millis(50);
    let watch = Watch::default();
    let begun = cpu_seconds();
    let (done, wait) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let watched = watch.clone();
        scope.spawn(move || {
            while wait.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if cpu_seconds() - begun > seconds {
                    watched.interrupt();
                    break;
                }
            }
        });
        let answer = work(&watch);
        drop(done);
        answer
    })
}

/// Processor time of this process so far, which does not depend on who else computes; wall-clock time where Linux does
/// not tell.
pub fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let wall = BEGUN.elapsed().as_secs_f64();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // User and system time are the 14th and 15th field; the second is a name in brackets.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    if ticks.len() == 2 { ticks.iter().sum::<f64>() / TICKS_PER_SECOND } else { wall }
}
