//! Aborts and shutdowns that meet a step at work.
use integrations::local_servers::Fault;

use super::*;

/// Processes that know of `text`, for example of a server's address.
fn processes(text: &str) -> usize {
    let mut found = 0;
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let own = process.file_name().to_string_lossy() == std::process::id().to_string();
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        found += usize::from(!own && String::from_utf8_lossy(&environment).contains(text));
    }
    found
}

async fn until(what: impl Fn() -> bool) {
    let waiting = async {
        while !what() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it comes to be");
}

/// Stops a promotion whose git hangs at the request `hangs_at`, and gives what became of it.
async fn stopped(hangs_at: &str, abort: bool) -> (Progress, World, GitServer, Job, Memory) {
    let mut world = World::new();
    world.facts = world.facts.with(FactKind::Warehouse, "project", "w", warehouse());
    let (server, url) = git_server(world.home.path()).await;
    server.faults().always(hangs_at, Fault::Hang);
    let job = job(pipeline(&url));
    let memory = Memory::default();
    let signals = Signals::default();
    let engine = world.engine().await;
    let address = server.url();
    let stop = async {
        // The request is noted when it arrives; git waits for its answer from then on.
        until(|| server.faults().take_requests().iter().any(|asked| asked.contains(hangs_at)))
            .await;
        assert!(processes(&address) > 0, "git is at work");
        if abort {
            signals.abort.cancel();
        } else {
            signals.shutdown.cancel();
        }
        // A push is given time to end by itself; here it never does.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        world.clock.forward(11);
    };
    let (progress, ()) = tokio::join!(engine.run(&job, &memory, &signals), stop);
    until(|| processes(&address) == 0).await;
    (progress.unwrap(), world, server, job, memory)
}

#[tokio::test]
async fn an_abort_ends_a_hanging_git_with_all_its_processes() {
    for (hangs_at, alias) in [("git-upload-pack", "clone"), ("git-receive-pack", "push")] {
        let (progress, _world, server, _, _) = stopped(hangs_at, true).await;
        let Progress::Finished(status) = progress else { panic!("an aborted promotion has ended") };
        assert_eq!(status.phase, Some(PromotionPhase::Aborted));
        let last = status.step_execution_metadata.last().unwrap();
        assert_eq!(last.alias.as_deref(), Some(alias));
        assert_eq!(last.status, Some(PromotionStepStatus::Aborted));
        assert_eq!(server.branch("env", "stage/test").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_shutdown_ends_a_hanging_git_and_the_next_process_goes_on() {
    for hangs_at in ["git-upload-pack", "git-receive-pack"] {
        let (progress, world, server, mut job, memory) = stopped(hangs_at, false).await;
        assert!(matches!(progress, Progress::Interrupted { .. }), "{progress:?}");
        server.faults().clear();
        job.promotion.status = memory.last();
        let (status, _) = world.finish(&job).await;
        assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "{status:?}");
        assert_eq!(server.commits("env", "stage/test", 10).await.unwrap().len(), 2);
    }
}
