use super::*;
use crate::address::Address;
use crate::engine::{TargetPlan, UpgradeOptions};
use crate::firmware::ImageTarget;
use crate::memory::{Access, SectorRun};

pub(in crate::gui::state) fn f407() -> MemoryMap {
    let access = Access {
        read: true,
        erase: true,
        write: true,
    };
    let run = |start, count, size| SectorRun {
        start: Address(start),
        count,
        size,
        access,
    };
    let runs = vec![
        run(0x0800_0000, 4, 16 << 10),
        run(0x0801_0000, 1, 64 << 10),
        run(0x0802_0000, 7, 128 << 10),
    ];
    MemoryMap::new("Internal Flash", runs).unwrap()
}

pub(in crate::gui::state) fn plan(map: &MemoryMap, covered: AddressRange, action: Action) -> Plan {
    let sectors = map
        .sectors_touching(covered)
        .map(|sector| SectorPlan {
            sector,
            kept: Vec::new(),
            covered: sector.range.intersection(covered).into_iter().collect(),
            action,
        })
        .collect();
    Plan {
        targets: vec![TargetPlan {
            alternate: 0,
            name: "Internal Flash".into(),
            erased: 0xFF,
            part: ImageTarget {
                alternate: 0,
                name: None,
                segments: Vec::new(),
            },
            sectors,
        }],
        stream: None,
        options: UpgradeOptions::default(),
        start: None,
        marker: None,
        doubts: Vec::new(),
    }
}

fn covered() -> AddressRange {
    AddressRange::new(Address::FLASH, 20 << 10).unwrap()
}

fn job() -> Job {
    let task = crate::engine::Task::Start { at: None };
    let place = crate::transport::Place("1-4".into());
    let id = crate::worker::JobId(1);
    Job::new(id, task, Default::default(), place, String::new())
}

fn total(picture: &Picture, paint: Paint) -> u64 {
    picture
        .totals
        .iter()
        .find(|(p, _)| *p == paint)
        .map_or(0, |(_, bytes)| *bytes)
}

#[test]
fn a_partly_covered_sector_shows_the_bytes_lost_outside_the_image() {
    let map = f407();
    let plan = plan(&map, covered(), Action::EraseAndWrite);
    let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
    assert_eq!(total(&picture, Paint::ToWrite), 20 << 10);
    assert_eq!(total(&picture, Paint::Lost), 12 << 10);
    assert_eq!(total(&picture, Paint::Untouched), (1 << 20) - (32 << 10));
    assert_eq!(picture.pieces.len(), 3);
}

#[test]
fn kept_bytes_are_not_shown_as_lost() {
    let map = f407();
    let mut plan = plan(&map, covered(), Action::EraseAndWrite);
    plan.options.keep = true;
    let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
    assert_eq!(total(&picture, Paint::Lost), 0);
}

#[test]
fn sectors_change_paint_while_the_job_runs() {
    let map = f407();
    let plan = plan(&map, covered(), Action::EraseAndWrite);
    let mut job = job();
    job.sectors = HashMap::from([
        ((0, 0), SectorState::Verified),
        ((0, 1), SectorState::Erased),
        ((1, 2), SectorState::Mismatch),
    ]);
    let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::new(0, &job));
    assert_eq!(total(&picture, Paint::Written), 16 << 10, "done");
    assert_eq!(total(&picture, Paint::ToWrite), 4 << 10, "to do");
    assert_eq!(total(&picture, Paint::Lost), 12 << 10);
    assert_eq!(
        total(&picture, Paint::Mismatch),
        0,
        "another target's sector"
    );
}

#[test]
fn a_sector_is_described_with_address_size_access_and_content() {
    let map = f407();
    let plan = plan(&map, covered(), Action::EraseAndWrite);
    let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
    let (_, sector) = picture.sector(1).unwrap();
    assert_eq!(
        picture.describe(sector),
        "Sector 1: 0x08004000–0x08007FFF, 16 KiB, readable, erasable, writable. \
         4 KiB of the file: changes; 12 KiB outside it are also erased"
    );
}

fn verification() -> Task {
    let image = crate::firmware::parse("x.bin", &[0; 64], Some(Address::FLASH)).unwrap();
    Task::Verify {
        image: Arc::new(image),
        target: None,
        keep_ranges: Vec::new(),
        detail: crate::engine::Detail::Ranges,
    }
}

fn done(job: &Job, moment: Moment) -> Done {
    Done {
        moment,
        ..Done::new(0, job)
    }
}

#[test]
fn a_verification_erases_nothing() {
    let map = f407();
    let mut job = job();
    job.task = verification();
    job.sectors = HashMap::from([((0, 0), SectorState::Verified)]);
    for action in [Action::Undecided, Action::EraseAndWrite, Action::Erase] {
        let plan = Arc::new(plan(&map, covered(), action));
        for moment in [Moment::During, Moment::After] {
            let picture = Picture::new(0, &map, Some(Arc::clone(&plan)), done(&job, moment));
            assert_eq!(total(&picture, Paint::Lost), 0, "{action:?} {moment:?}");
        }
        let picture = Picture::new(0, &map, Some(plan), done(&job, Moment::After));
        assert_eq!(total(&picture, Paint::Verified), 16 << 10);
        assert_eq!(
            total(&picture, Paint::ToWrite),
            0,
            "stopped before it was compared"
        );
    }
}

#[test]
fn what_an_upgrade_did_not_reach_was_not_erased() {
    let map = f407();
    let mut job = job();
    job.sectors = HashMap::from([((0, 0), SectorState::Read), ((0, 1), SectorState::Differs)]);
    let compared = Arc::new(plan(&map, covered(), Action::EraseAndWrite));
    let picture = Picture::new(0, &map, Some(compared), done(&job, Moment::After));
    assert_eq!(total(&picture, Paint::Lost), 0);
    assert_eq!(total(&picture, Paint::ToWrite), 20 << 10, "differs");
    let not_compared = Arc::new(plan(&map, covered(), Action::Undecided));
    job.sectors.clear();
    let picture = Picture::new(0, &map, Some(not_compared), done(&job, Moment::After));
    assert_eq!(picture.totals, [(Paint::Untouched, 1 << 20)]);
}
