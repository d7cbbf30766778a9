//! The `decant` binary.

fn main() -> std::process::ExitCode {
    decant::cli::run()
}
