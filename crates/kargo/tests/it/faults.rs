//! Servers that misbehave: one clear message, and nothing is lost.

use integrations::local_servers::Fault;

use crate::pipeline::Pipeline;
use crate::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn a_git_server_that_drops_the_connection_is_named_and_the_next_promotion_succeeds() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let pipeline = Pipeline::start(&home, &plane).await;
    pipeline.publish(&home, &plane, "1.0.0").await;
    let promote = ["promote", "-p", "shop", "--warehouse", "app", "--stage", "test", "--wait"];
    let promote = [&promote[..], &["--server", &plane.url]].concat();
    pipeline.git.faults().always("/shop.git/", Fault::Drop);
    let message = home.run(&promote).await.badly(3);
    assert!(message.contains(&pipeline.git.url()), "the server is not named: {message}");
    pipeline.git.faults().clear();
    home.run(&promote).await.well();
    assert_eq!(pipeline.subjects("test").await, ["test: 1.0.0"]);
}
