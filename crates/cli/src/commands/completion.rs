//! `kargo completion SHELL`: a script that completes commands.

use clap::Args;
use clap_complete::Shell;

use crate::Environment;
use crate::console::Console;
use crate::failure::Result;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  source <(kargo completion bash)")]
pub struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    pub(super) fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let mut program = (environment.program)();
        let name = program.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, name, &mut script);
        console.say(&String::from_utf8_lossy(&script))
    }
}
