//! The `galatea` program; everything is in the library beside it.

fn main() -> std::process::ExitCode {
    galatea_bundle::main()
}
