//! The `steerq` program. Everything it does is in the library; see `steerq --help`.

fn main() -> std::process::ExitCode {
    steerq::cli::main()
}
