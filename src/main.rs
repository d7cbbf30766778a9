//! The `decant` binary.

/// Reading scripts is many small allocations: a quarter less time than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    decant::cli::run()
}
