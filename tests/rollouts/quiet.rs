//! Silence is no health: a step without calls is decided by the configuration.

use serde_json::json;

use super::scene::{SILENT, Scene};

pub(super) fn decided(scene: &Scene) {
    let old = scene.serves();
    for (memory, quiet, code, end) in
        [(256, "rollback", 5, "rolled-back"), (512, "hold", 6, "held"), (1024, "promote", 0, "promoted")]
    {
        scene.configure(memory, &format!("{SILENT}, quiet = \"{quiet}\""), "");
        let (report, _) = scene.deploy(&[], code);
        let rollout = &report["functions"][0]["rollout"];
        assert_eq!(rollout["end"], end, "{report:#}");
        assert_eq!(rollout["steps"][0]["verdict"], "too-quiet");
        let next = rollout["new"].as_u64().expect("a version");
        if quiet == "hold" {
            assert_eq!((scene.serves(), scene.split()), (old, Some((next, 0.1))));
            let (report, _) = scene.stage.report(&["rollout", "abort"], 0);
            assert_eq!(report["functions"][0]["outcome"], json!("rolled-back"), "{report:#}");
        }
        scene.assert_serves(if quiet == "promote" { next } else { old });
    }
}
