//! The sounds of a batch. A program of the system plays them: the libraries for sound need ALSA's
//! headers to be built on Linux.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crossbeam_channel::{Receiver, Sender, bounded};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    Pass,
    /// A board failed or was skipped.
    Fail,
}

/// A program that plays a WAV file.
#[derive(Clone, Debug)]
struct Player {
    program: PathBuf,
    arguments: Arguments,
}

/// The arguments that play a file.
type Arguments = fn(&Path) -> Vec<String>;

/// Plays sounds one after the other on a thread of its own.
#[derive(Debug)]
pub(super) struct Speaker {
    queue: Sender<Sound>,
    problems: Receiver<String>,
}

/// More would be heard long after what they are about.
const QUEUE: usize = 3;

impl Speaker {
    /// `wake` is called, on another thread, when there is a problem to show.
    ///
    /// # Errors
    /// A sentence: the system has no program that plays sounds, or no thread can be started.
    pub(super) fn start(wake: impl Fn() + Send + 'static) -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let player = find_player(&folders).ok_or_else(no_player)?;
        let (queue, queued) = bounded(QUEUE);
        let (problem, problems) = bounded(1);
        let play = move || {
            if let Err(error) = play_all(&player, &queued) {
                let name = player.program.file_stem().unwrap_or_default();
                let text = format!("{} plays no sound: {error}", name.display());
                if problem.send(text).is_ok() {
                    wake();
                }
            }
        };
        std::thread::Builder::new()
            .name("sound".to_owned())
            .spawn(play)
            .map_err(|error| format!("Cannot start a thread for sounds: {error}"))?;
        Ok(Self { queue, problems })
    }

    /// Returns at once; a sound is left out while several are waiting.
    pub(super) fn play(&self, sound: Sound) {
        self.queue.try_send(sound).ok();
    }

    /// Why there is no sound; at most once.
    pub(super) fn problem(&self) -> Option<String> {
        self.problems.try_recv().ok()
    }
}

/// Ends with the first sound that cannot be played, or with the window.
fn play_all(player: &Player, queued: &Receiver<Sound>) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = |sound| match sound {
        Sound::Pass => folder.path().join("pass.wav"),
        Sound::Fail => folder.path().join("fail.wav"),
    };
    for sound in [Sound::Pass, Sound::Fail] {
        std::fs::write(file(sound), wav(sound))?;
    }
    for sound in queued {
        player.play(&file(sound))?;
    }
    Ok(())
}

impl Player {
    fn play(&self, file: &Path) -> io::Result<()> {
        let mut command = Command::new(&self.program);
        command
            .args((self.arguments)(file))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        hide_console(&mut command);
        let status = command.status()?;
        match status.success() {
            true => Ok(()),
            false => Err(io::Error::other(status.to_string())),
        }
    }
}

/// CREATE_NO_WINDOW (Microsoft, "Process Creation Flags"): the window has no console to share.
#[cfg(windows)]
fn hide_console(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    command.creation_flags(0x0800_0000);
}

#[cfg(not(windows))]
fn hide_console(_command: &mut Command) {}

fn file_alone(file: &Path) -> Vec<String> {
    vec![file.display().to_string()]
}

fn quietly(file: &Path) -> Vec<String> {
    vec!["-q".to_owned(), file.display().to_string()]
}

/// PowerShell's single quotes are doubled inside a string.
fn sound_player(file: &Path) -> Vec<String> {
    let file = file.display().to_string().replace('\'', "''");
    let script = format!("(New-Object System.Media.SoundPlayer '{file}').PlaySync()");
    ["-NoProfile", "-NonInteractive", "-Command", &script]
        .map(str::to_owned)
        .into()
}

/// The players of this system, the usual one first.
fn players() -> &'static [(&'static str, Arguments)] {
    if cfg!(windows) {
        &[("powershell.exe", sound_player)]
    } else if cfg!(target_os = "macos") {
        &[("afplay", file_alone)]
    } else {
        // PipeWire, PulseAudio, ALSA.
        &[
            ("pw-play", file_alone),
            ("paplay", file_alone),
            ("aplay", quietly),
        ]
    }
}

fn find_player(folders: &[PathBuf]) -> Option<Player> {
    players().iter().find_map(|(name, arguments)| {
        let program = folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())?;
        Some(Player {
            program,
            arguments: *arguments,
        })
    })
}

fn no_player() -> String {
    let names: Vec<&str> = players().iter().map(|(name, _)| *name).collect();
    let names = match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    };
    format!("No sound: this system has no {names}")
}

const RATE: u32 = 22_050;

/// A tone: its frequency in hertz (0 is silence), and its length in milliseconds.
type Tone = (f64, u32);

/// Two rising tones, or two low ones.
fn tones(sound: Sound) -> &'static [Tone] {
    match sound {
        Sound::Pass => &[(880.0, 110), (1318.5, 220)],
        Sound::Fail => &[(196.0, 260), (0.0, 80), (196.0, 420)],
    }
}

/// A WAV file (RIFF): PCM, mono, 16 bits.
fn wav(sound: Sound) -> Vec<u8> {
    let samples: Vec<i16> = tones(sound)
        .iter()
        .flat_map(|tone| samples(*tone))
        .collect();
    let bytes = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for half in [1_u16, 1] {
        file.extend(half.to_le_bytes());
    }
    for word in [RATE, RATE * 2] {
        file.extend(word.to_le_bytes());
    }
    for half in [2_u16, 16] {
        file.extend(half.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.into_iter().flat_map(i16::to_le_bytes));
    file
}

fn samples((frequency, milliseconds): Tone) -> impl Iterator<Item = i16> {
    let count = RATE * milliseconds / 1000;
    (0..count).map(move |at| {
        let phase = std::f64::consts::TAU * frequency * f64::from(at) / f64::from(RATE);
        // The third harmonic carries over the noise of a workshop; the ends fade, so that they do
        // not click.
        let tone = 0.7 * phase.sin() + 0.3 * (3.0 * phase).sin();
        let edge = f64::from(at.min(count - at)) / (f64::from(RATE) * 0.012);
        let level = tone * edge.min(1.0) * 0.8 * f64::from(i16::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "at most 80 % of the range")]
        let sample = level as i16;
        sample
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_a_wav_file_of_less_than_a_second() {
        for sound in [Sound::Pass, Sound::Fail] {
            let file = wav(sound);
            assert!(file.starts_with(b"RIFF"));
            assert_eq!(file[8..16], *b"WAVEfmt ");
            let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            assert_eq!(number(4) as usize, file.len() - 8);
            assert_eq!(number(40) as usize, file.len() - 44);
            assert!(number(40) < RATE * 2);
            let loudest = file[44..]
                .chunks_exact(2)
                .map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs())
                .max();
            assert!((16_000..32_000).contains(&loudest.unwrap()), "{loudest:?}");
        }
        assert_ne!(wav(Sound::Pass), wav(Sound::Fail));
    }

    #[test]
    fn the_first_player_of_the_system_is_found_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [PathBuf::from("/nowhere"), folder.path().to_owned()];
        assert!(find_player(&folders).is_none());
        for (name, _) in players().iter().rev() {
            assert!(no_player().contains(name));
            std::fs::write(folder.path().join(name), "").unwrap();
            let found = find_player(&folders).unwrap();
            assert_eq!(found.program, folder.path().join(name));
        }
    }

    #[test]
    fn a_quote_in_a_path_stays_inside_the_string() {
        let arguments = sound_player(Path::new("C:/O'Neill/pass.wav"));
        let script = arguments.last().unwrap();
        assert_eq!(
            script,
            "(New-Object System.Media.SoundPlayer 'C:/O''Neill/pass.wav').PlaySync()"
        );
    }

    #[test]
    fn a_player_that_fails_ends_the_sounds_with_its_error() {
        let player = Player {
            program: "/nowhere/player".into(),
            arguments: file_alone,
        };
        let (queue, queued) = bounded(QUEUE);
        queue.send(Sound::Pass).unwrap();
        assert!(play_all(&player, &queued).is_err());
        // Nothing to play, and the window has closed.
        drop(queue);
        play_all(&player, &queued).unwrap();
    }
}
