//! The calls of SetupAPI and of the configuration manager. Every `unsafe` of Upfuse is here.
//!
//! The sequence is Microsoft's documentation of these functions; two independent programs that bind
//! winusb.inf to a device agree on it (winusb-switch.c, impresora-winusb.ps1).

use std::ffi::c_void;
use std::path::PathBuf;
use std::ptr::{null, null_mut};

use upfuse::discovery::driver::{DriverList, Held, WindowsError};
use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    CM_LOCATE_DEVNODE_NORMAL, CM_Locate_DevNodeW, CM_Query_And_Remove_SubTreeW,
    CM_REMOVE_UI_NOT_OK, CM_SETUP_DEVNODE_READY, CM_Setup_DevNode, CR_REMOVE_VETOED, CR_SUCCESS,
    DI_ENUMSINGLEINF, DI_FLAGSEX_ALLOWEXCLUDEDDRVS, DIIDFLAG_INSTALLNULLDRIVER, HDEVINFO,
    SETUP_DI_DRIVER_TYPE, SP_DEVINFO_DATA, SP_DEVINSTALL_PARAMS_W, SP_DRVINFO_DATA_V2_W,
    SP_DRVINFO_DETAIL_DATA_W, SPDIT_CLASSDRIVER, SPDIT_COMPATDRIVER, SPDRP_CLASSGUID,
    SetupDiBuildDriverInfoList, SetupDiCreateDeviceInfoList, SetupDiDestroyDeviceInfoList,
    SetupDiDestroyDriverInfoList, SetupDiEnumDriverInfoW, SetupDiGetDeviceInstallParamsW,
    SetupDiGetDriverInfoDetailW, SetupDiOpenDeviceInfoW, SetupDiSetDeviceInstallParamsW,
    SetupDiSetDeviceRegistryPropertyW, SetupDiSetSelectedDriverW,
};
use windows_sys::Win32::Foundation::{ERROR_BAD_PATHNAME, GetLastError};
use windows_sys::Win32::System::SystemInformation::{
    GetSystemDirectoryW, GetSystemWindowsDirectoryW,
};

/// The hardware ID of the driver to choose; its description is localised.
const WINUSB_ID: &str = r"USB\MS_COMP_WINUSB";

/// The most drivers that are looked at in a list; winusb.inf has two.
const MOST_DRIVERS: u32 = 4096;

pub(crate) fn is_present(instance: &str) -> bool {
    node(instance).is_ok()
}

/// The device as the configuration manager numbers it, if it is plugged in.
fn node(instance: &str) -> Result<u32, WindowsError> {
    let name = wide(instance);
    let mut node = 0;
    // SAFETY: `node` can be written, and `name` ends with a NUL and outlives the call.
    let result =
        unsafe { CM_Locate_DevNodeW(&raw mut node, name.as_ptr(), CM_LOCATE_DEVNODE_NORMAL) };
    configuration("CM_Locate_DevNode", result)?;
    Ok(node)
}

pub(crate) fn stop_and_start(instance: &str) -> Result<Held, WindowsError> {
    let node = node(instance)?;
    let mut veto = 0;
    let mut holder = [0u16; 260];
    let room = u32::try_from(holder.len()).unwrap_or(0);
    // SAFETY: `veto` can be written, and so can `room` characters of `holder`; both outlive the call.
    let result = unsafe {
        CM_Query_And_Remove_SubTreeW(
            node,
            &raw mut veto,
            holder.as_mut_ptr(),
            room,
            CM_REMOVE_UI_NOT_OK,
        )
    };
    if result == CR_REMOVE_VETOED {
        return Ok(Held::By(text(&holder)));
    }
    configuration("CM_Query_And_Remove_SubTree", result)?;
    // SAFETY: takes two numbers. A node that has gone is an error; whether the device is back is seen
    // afterwards.
    unsafe { CM_Setup_DevNode(node, CM_SETUP_DEVNODE_READY) };
    Ok(Held::No)
}

pub(crate) fn set_class(instance: &str, class: &str) -> Result<(), WindowsError> {
    let mut device = OpenDevice::open(instance)?;
    let class: Vec<u8> = wide(class).iter().flat_map(|c| c.to_ne_bytes()).collect();
    let length = u32::try_from(class.len()).unwrap_or(0);
    // SAFETY: the set and its device are open, and `class` holds `length` bytes, the NUL included.
    let result = unsafe {
        SetupDiSetDeviceRegistryPropertyW(
            device.set,
            &raw mut device.data,
            SPDRP_CLASSGUID,
            class.as_ptr(),
            length,
        )
    };
    succeeded("SetupDiSetDeviceRegistryProperty", result)
}

pub(crate) fn bind_nothing(instance: &str) -> Result<(), WindowsError> {
    let device = OpenDevice::open(instance)?;
    device.install(null(), DIIDFLAG_INSTALLNULLDRIVER)?;
    Ok(())
}

/// `None`: the list has no WinUSB. `Some(true)`: a restart is needed.
pub(crate) fn bind_winusb(instance: &str, list: DriverList) -> Result<Option<bool>, WindowsError> {
    let mut device = OpenDevice::open(instance)?;
    device.look_only_in(&winusb_inf()?)?;
    let kind = match list {
        DriverList::Compatible => SPDIT_COMPATDRIVER,
        DriverList::Class => SPDIT_CLASSDRIVER,
    };
    // SAFETY: the set and its device are open; the list is destroyed by `Drivers`.
    let result = unsafe { SetupDiBuildDriverInfoList(device.set, &raw mut device.data, kind) };
    succeeded("SetupDiBuildDriverInfoList", result)?;
    let mut drivers = Drivers { device, kind };
    let Some(mut driver) = drivers.winusb() else {
        return Ok(None);
    };
    let device = &mut drivers.device;
    // SAFETY: the set and its device are open, and `driver` is of the list that was just made.
    let result =
        unsafe { SetupDiSetSelectedDriverW(device.set, &raw mut device.data, &raw mut driver) };
    succeeded("SetupDiSetSelectedDriver", result)?;
    drivers.device.install(&raw const driver, 0).map(Some)
}

fn winusb_inf() -> Result<PathBuf, WindowsError> {
    let mut buffer = [0u16; 260];
    let room = u32::try_from(buffer.len()).unwrap_or(0);
    // SAFETY: `room` characters of `buffer` can be written.
    let length = unsafe { GetSystemWindowsDirectoryW(buffer.as_mut_ptr(), room) };
    let folder = directory("GetSystemWindowsDirectory", &buffer, length)?;
    Ok(folder.join("INF").join("winusb.inf"))
}

/// Asked of Windows, because the environment is the user's.
pub(crate) fn system_directory() -> Result<PathBuf, WindowsError> {
    let mut buffer = [0u16; 260];
    let room = u32::try_from(buffer.len()).unwrap_or(0);
    // SAFETY: `room` characters of `buffer` can be written.
    let length = unsafe { GetSystemDirectoryW(buffer.as_mut_ptr(), room) };
    directory("GetSystemDirectory", &buffer, length)
}

/// `length` is without the NUL, and the needed one if `buffer` is too short.
fn directory(call: &'static str, buffer: &[u16], length: u32) -> Result<PathBuf, WindowsError> {
    let fits = usize::try_from(length).is_ok_and(|length| (1..buffer.len()).contains(&length));
    match fits {
        true => Ok(PathBuf::from(text(buffer))),
        false => Err(last_error(call)),
    }
}

/// newdev.h
type DiInstallDevice = unsafe extern "system" fn(
    *mut c_void,
    HDEVINFO,
    *const SP_DEVINFO_DATA,
    *const SP_DRVINFO_DATA_V2_W,
    u32,
    *mut i32,
) -> i32;

// SAFETY: as in libloaderapi.h; the library of these two is linked by every program.
unsafe extern "system" {
    fn LoadLibraryExW(name: *const u16, file: *mut c_void, flags: u32) -> *mut c_void;
    fn GetProcAddress(library: *mut c_void, name: *const u8) -> *mut c_void;
}

const LOAD_LIBRARY_SEARCH_SYSTEM32: u32 = 0x0800;

/// DiInstallDevice of newdev.dll, by hand: the libraries that a program names are looked for in its
/// own folder first, unless they are "known DLLs". This one is not, and a browser saves any file in
/// the folder where this program may be.
fn newdev() -> Result<DiInstallDevice, WindowsError> {
    let name = wide("newdev.dll");
    // SAFETY: `name` ends with a NUL and outlives the call. Only System32 is searched.
    let library =
        unsafe { LoadLibraryExW(name.as_ptr(), null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if library.is_null() {
        return Err(last_error("LoadLibraryEx"));
    }
    // SAFETY: the library is loaded and never freed; the name ends with a NUL.
    let address = unsafe { GetProcAddress(library, c"DiInstallDevice".as_ptr().cast()) };
    if address.is_null() {
        return Err(last_error("GetProcAddress"));
    }
    // SAFETY: newdev.h declares the function of this name so, and the library stays loaded.
    Ok(unsafe { std::mem::transmute::<*mut c_void, DiInstallDevice>(address) })
}

/// A device information set with one device; closed when it is dropped.
struct OpenDevice {
    set: HDEVINFO,
    data: SP_DEVINFO_DATA,
}

impl OpenDevice {
    fn open(instance: &str) -> Result<Self, WindowsError> {
        // SAFETY: both pointers may be null: a set of any class, and no window.
        let set = unsafe { SetupDiCreateDeviceInfoList(null(), null_mut()) };
        // INVALID_HANDLE_VALUE
        if set == -1 {
            return Err(last_error("SetupDiCreateDeviceInfoList"));
        }
        let data = SP_DEVINFO_DATA {
            cbSize: size_of_u32::<SP_DEVINFO_DATA>(),
            ..Default::default()
        };
        let mut device = Self { set, data };
        let name = wide(instance);
        // SAFETY: the set is open, `name` ends with a NUL, and `data` has its size in it.
        let result = unsafe {
            SetupDiOpenDeviceInfoW(
                device.set,
                name.as_ptr(),
                null_mut(),
                0,
                &raw mut device.data,
            )
        };
        succeeded("SetupDiOpenDeviceInfo", result)?;
        Ok(device)
    }

    /// The next list of drivers holds those of this INF, also the ones that the INF hides.
    fn look_only_in(&mut self, inf: &std::path::Path) -> Result<(), WindowsError> {
        let mut parameters = SP_DEVINSTALL_PARAMS_W {
            cbSize: size_of_u32::<SP_DEVINSTALL_PARAMS_W>(),
            ..Default::default()
        };
        // SAFETY: the set and its device are open, and `parameters` has its size in it.
        let result = unsafe {
            SetupDiGetDeviceInstallParamsW(self.set, &raw const self.data, &raw mut parameters)
        };
        succeeded("SetupDiGetDeviceInstallParams", result)?;
        parameters.Flags |= DI_ENUMSINGLEINF;
        parameters.FlagsEx |= DI_FLAGSEX_ALLOWEXCLUDEDDRVS;
        let path = wide(&inf.to_string_lossy());
        let room = parameters.DriverPath.get_mut(..path.len());
        let room = room.ok_or(WindowsError {
            call: "the path of winusb.inf",
            code: ERROR_BAD_PATHNAME,
        })?;
        room.copy_from_slice(&path);
        // SAFETY: as above; the path ends with a NUL inside its field.
        let result = unsafe {
            SetupDiSetDeviceInstallParamsW(self.set, &raw const self.data, &raw const parameters)
        };
        succeeded("SetupDiSetDeviceInstallParams", result)
    }

    /// `driver` is null, or of this device's list of drivers. Whether a restart is needed.
    fn install(
        &self,
        driver: *const SP_DRVINFO_DATA_V2_W,
        flags: u32,
    ) -> Result<bool, WindowsError> {
        let install = newdev()?;
        let mut restart = 0;
        // SAFETY: `install` is DiInstallDevice, the set and its device are open, `driver` is null or
        // selected in it, and `restart` can be written.
        let result = unsafe {
            install(
                null_mut(),
                self.set,
                &raw const self.data,
                driver,
                flags,
                &raw mut restart,
            )
        };
        succeeded("DiInstallDevice", result)?;
        Ok(restart != 0)
    }
}

impl Drop for OpenDevice {
    fn drop(&mut self) {
        // SAFETY: `set` is open, and nothing uses it any more.
        unsafe { SetupDiDestroyDeviceInfoList(self.set) };
    }
}

/// A device with a list of drivers, which is destroyed first.
struct Drivers {
    device: OpenDevice,
    kind: SETUP_DI_DRIVER_TYPE,
}

impl Drivers {
    /// The one for [`WINUSB_ID`].
    fn winusb(&mut self) -> Option<SP_DRVINFO_DATA_V2_W> {
        for index in 0..MOST_DRIVERS {
            let mut driver = SP_DRVINFO_DATA_V2_W {
                cbSize: size_of_u32::<SP_DRVINFO_DATA_V2_W>(),
                ..Default::default()
            };
            // SAFETY: the list is there, and `driver` has its size in it. FALSE ends the list.
            let more = unsafe {
                SetupDiEnumDriverInfoW(
                    self.device.set,
                    &raw const self.device.data,
                    self.kind,
                    index,
                    &raw mut driver,
                )
            };
            if more == 0 {
                return None;
            }
            if self
                .hardware_id(&driver)
                .is_some_and(|id| id.eq_ignore_ascii_case(WINUSB_ID))
            {
                return Some(driver);
            }
        }
        None
    }

    fn hardware_id(&self, driver: &SP_DRVINFO_DATA_V2_W) -> Option<String> {
        const HEAD: usize = std::mem::offset_of!(SP_DRVINFO_DETAIL_DATA_W, HardwareID);
        let mut needed = 0;
        // SAFETY: the list is there; without a buffer only `needed` is written.
        unsafe {
            SetupDiGetDriverInfoDetailW(
                self.device.set,
                &raw const self.device.data,
                driver,
                null_mut(),
                0,
                &raw mut needed,
            )
        };
        // In words of eight bytes, which is what the structure is aligned to.
        let smallest = size_of::<SP_DRVINFO_DETAIL_DATA_W>();
        let bytes = usize::try_from(needed).ok()?.max(smallest);
        let mut buffer = vec![0u64; bytes.div_ceil(8)];
        let room = u32::try_from(buffer.len().checked_mul(8)?).ok()?;
        let detail = buffer.as_mut_ptr().cast::<SP_DRVINFO_DETAIL_DATA_W>();
        // SAFETY: the buffer is as large as the structure, aligned to it, zeroed, and has its size in
        // it; `room` bytes of it can be written.
        let result = unsafe {
            (*detail).cbSize = size_of_u32::<SP_DRVINFO_DETAIL_DATA_W>();
            SetupDiGetDriverInfoDetailW(
                self.device.set,
                &raw const self.device.data,
                driver,
                detail,
                room,
                null_mut(),
            )
        };
        succeeded("SetupDiGetDriverInfoDetail", result).ok()?;
        // The ID is as long as the buffer allows; read from the words, not through the structure.
        let characters = buffer.iter().flat_map(|word| word.to_ne_bytes());
        let bytes: Vec<u8> = characters.skip(HEAD).collect();
        let characters: Vec<u16> = bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u16::from_ne_bytes(*pair))
            .collect();
        Some(text(&characters))
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        // SAFETY: the set is still open, and nothing uses the list any more.
        unsafe {
            SetupDiDestroyDriverInfoList(self.device.set, &raw const self.device.data, self.kind)
        };
    }
}

/// UTF-16 with a NUL at its end.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Up to the first NUL.
fn text(characters: &[u16]) -> String {
    let used: Vec<u16> = characters.iter().copied().take_while(|c| *c != 0).collect();
    String::from_utf16_lossy(&used)
}

fn size_of_u32<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or(0)
}

/// Of the configuration manager, which has codes of its own.
fn configuration(call: &'static str, result: u32) -> Result<(), WindowsError> {
    match result {
        CR_SUCCESS => Ok(()),
        code => Err(WindowsError { call, code }),
    }
}

/// Of SetupAPI: 0 is FALSE.
fn succeeded(call: &'static str, result: i32) -> Result<(), WindowsError> {
    match result {
        0 => Err(last_error(call)),
        _ => Ok(()),
    }
}

fn last_error(call: &'static str) -> WindowsError {
    // SAFETY: takes nothing and returns a number of this thread.
    let code = unsafe { GetLastError() };
    WindowsError { call, code }
}
