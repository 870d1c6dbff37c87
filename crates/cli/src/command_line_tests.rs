//! What the command line understands, and what its help says.

use clap::{CommandFactory as _, Parser};

use crate::Command;

#[derive(Debug, Parser)]
#[command(name = "kargo")]
struct Program {
    #[command(subcommand)]
    command: Command,
}

fn parse(line: &str) -> std::result::Result<Command, clap::Error> {
    Program::try_parse_from(line.split(' ')).map(|program| program.command)
}

#[test]
fn the_definition_is_sound() {
    Program::command().debug_assert();
}

#[test]
fn lines_of_kargo_are_understood() {
    for line in [
        "kargo apply -f stage.yaml",
        "kargo approve --project=shop --freight=abc --stage=qa",
        "kargo completion zsh",
        "kargo create -f a.yaml -f b.yaml -R",
        "kargo create configmap --project=shop settings --set a=1 --set b=2",
        "kargo create generic-credentials --shared token --set key=-",
        "kargo create project shop",
        "kargo create repo-credentials --project=shop c --git --repo-url=https://h/r --username=u",
        "kargo create credentials c --image --repo-url=h/r --username=u --password-stdin",
        "kargo delete -f x/",
        "kargo delete project shop",
        "kargo delete freight --project=shop --name=abc --alias=calm-owl",
        "kargo explain stage -p shop prod",
        "kargo get cm --system",
        "kargo get generic-creds --shared",
        "kargo get projects",
        "kargo get stages --project=shop -o json",
        "kargo get stage --project=shop qa",
        "kargo get promos --stage=qa --no-headers",
        "kargo get freight --warehouse=w --alias=calm-owl -o name",
        "kargo login https://kargo.example.com --admin",
        "kargo login",
        "kargo logout",
        "kargo promote --project=shop --freight=abc --stage=qa",
        "kargo promote --freight-alias=calm-owl --downstream-from=qa --wait",
        "kargo promote --warehouse=w --stage=qa",
        "kargo promote --name=p --abort",
        "kargo refresh warehouse --project=shop w --wait",
        "kargo refresh clusterconfig",
        "kargo version --client",
    ] {
        if let Err(error) = parse(line) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn wrong_lines_are_refused() {
    for line in [
        "kargo promote --freight=abc",
        "kargo promote --stage=qa",
        "kargo promote --freight=abc --freight-alias=x --stage=qa",
        "kargo promote --freight=abc --stage=qa --downstream-from=qa",
        "kargo promote --warehouse=w --downstream-from=qa",
        "kargo promote --name=p --stage=qa",
        "kargo promote --freight=abc --abort",
        "kargo approve --stage=qa",
        "kargo get",
        "kargo get pods",
        "kargo create repo-credentials c --git --image --repo-url=h --username=u",
        "kargo login --admin --token-stdin",
        "kargo get stages -o table",
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn help() {
    fn collect(command: &mut clap::Command, path: &str, text: &mut String) {
        let path = format!("{path} {}", command.get_name());
        text.push_str(&format!("#{path}\n{}\n", command.render_long_help()));
        for below in command.get_subcommands_mut().filter(|below| below.get_name() != "help") {
            collect(below, &path, text);
        }
    }
    let mut text = String::new();
    let mut program = Program::command().term_width(100);
    program.build();
    collect(&mut program, "", &mut text);
    insta::assert_snapshot!(text);
}

#[test]
fn secrets_are_never_in_the_help() {
    let help = Program::command().render_long_help().to_string();
    assert!(!help.contains("--password <"));
}
