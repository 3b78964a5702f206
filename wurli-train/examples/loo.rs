//! x
use wurli_train::cache::Cache;
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::evaluation::*;
use wurli_train::pipeline::{Pipeline, Silent, lessons};
use wurli_train::settings::Settings;
use wurli_train::stages::Stage;
use wurli_train::stages::train::TrainingSettings;
fn main() {
    let cache = Cache::none();
    let pipeline =
        Pipeline::open("/work/shared/recordings/ep200".as_ref(), Selection::All, Settings::default(), &cache, &Silent)
            .unwrap();
    let analysed = pipeline.analyse(Stage::Residuals).unwrap();
    let l = lessons(&analysed);
    let shares = [0.5, 0.6, 0.7, 0.8, 1.0];
    for a in std::env::args().skip(1) {
        let v: Vec<f64> = a.split(',').map(|x| x.parse().unwrap()).collect();
        let mut acc = vec![[0.0; 6]; shares.len()];
        let seeds = 2;
        for seed in 0..seeds {
            let s = TrainingSettings {
                seed: 9 + seed,
                anchor_weight: v[0] as f32,
                weight_decay: v[1],
                epochs: v[2] as u32,
                refinements: v[3] as u32,
                ..TrainingSettings::of(Fit::Keyboard)
            };
            let r = leave_one_out(&l, &s, &shares, &|_, _| ()).unwrap();
            for (i, r) in r.iter().enumerate() {
                let (t, n) = (Errors::of(&r.trained), Errors::of(&r.network));
                for (a, b) in acc[i].iter_mut().zip([
                    t.level_db,
                    n.level_db,
                    t.decay_log2,
                    n.decay_log2,
                    t.frequency_cents,
                    n.frequency_cents,
                ]) {
                    *a += b / seeds as f64;
                }
            }
        }
        for (i, s) in shares.iter().enumerate() {
            println!(
                "{a} kept {s}: trained {:.3} left out {:.3} | decay {:.3} {:.3} | cents {:.2} {:.2}",
                acc[i][0], acc[i][1], acc[i][2], acc[i][3], acc[i][4], acc[i][5]
            );
        }
    }
}
