//! Date and time of the wall clock, for records, logs and file names: local, with the offset from
//! UTC. Jobs measure time with [`crate::transport::Clock`] instead.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Timestamp, Zoned};

/// A moment to the second, as the clock on the wall showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    offset: Offset,
}

impl Moment {
    pub fn now() -> Self {
        let now = Zoned::now();
        Self {
            at: now.timestamp(),
            offset: now.offset(),
        }
    }

    /// The last change of a file.
    pub fn of_file(time: std::time::SystemTime) -> Option<Self> {
        let at = Timestamp::try_from(time).ok()?;
        let offset = jiff::tz::TimeZone::system().to_offset(at);
        Some(Self { at, offset })
    }

    #[cfg(test)]
    pub(crate) fn at(unix_seconds: i64, offset_hours: i8) -> Self {
        Self {
            at: Timestamp::from_second(unix_seconds).unwrap(),
            offset: Offset::from_hours(offset_hours).unwrap(),
        }
    }

    fn local(self) -> DateTime {
        self.offset.to_datetime(self.at)
    }

    /// `14:03:09`
    pub fn time_of_day(self) -> String {
        self.local().strftime("%H:%M:%S").to_string()
    }

    /// `2026-11-20 14:03:09`
    pub fn date_and_time(self) -> String {
        self.local().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `20261120-140309`
    pub fn for_file_name(self) -> String {
        self.local().strftime("%Y%m%d-%H%M%S").to_string()
    }

    /// `UTC+01:00`
    pub fn zone(self) -> String {
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// RFC 3339: `2026-11-20T14:03:09+01:00`
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local().strftime("%Y-%m-%dT%H:%M:%S");
        let zone = self.zone();
        write!(f, "{local}{}", zone.trim_start_matches("UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_local_time_with_its_offset() {
        let moment = Moment::at(1_795_183_389, 1);
        assert_eq!(moment.to_string(), "2026-11-20T15:03:09+01:00");
        assert_eq!(moment.date_and_time(), "2026-11-20 15:03:09");
        assert_eq!(moment.time_of_day(), "15:03:09");
        assert_eq!(moment.for_file_name(), "20261120-150309");
        assert_eq!(moment.zone(), "UTC+01:00");
        let west = Moment::at(0, -5);
        assert_eq!(west.to_string(), "1969-12-31T19:00:00-05:00");
    }
}
