# try_windows.ps1 FOLDER: installs the package in FOLDER on Windows itself, uses it in a terminal, and
# removes it. tests/wine/installer.sh tests more, but under Wine. For PowerShell 7.
param([Parameter(Mandatory)][string]$Folder)
$ErrorActionPreference = 'Stop'

$installed = "$env:LOCALAPPDATA\Programs\Upfuse"

# As it is written, with its variables.
function Get-UserPath {
    (Get-Item 'HKCU:\Environment').GetValue('Path', '', 'DoNotExpandEnvironmentNames')
}

function Invoke-Installer([string]$File) {
    $process = Start-Process -FilePath $File -ArgumentList '/S' -Wait -PassThru
    if ($process.ExitCode -ne 0) { throw "$File ended with $($process.ExitCode)" }
}

$before = Get-UserPath
Invoke-Installer (Get-Item "$Folder\upfuse-*-windows-x64-setup.exe").FullName
if (-not ";$(Get-UserPath);".Contains(";$installed;")) { throw "PATH lacks ${installed}: $(Get-UserPath)" }
$command = (Get-Item 'Registry::HKEY_CLASSES_ROOT\Upfuse.Firmware\shell\open\command').GetValue('')
if ($command -ne "`"$installed\upfuse.exe`" `"%1`"") { throw "a .dfu file opens with $command" }

# As a terminal that is opened now has it.
$env:Path = [Environment]::GetEnvironmentVariable('Path', 'Machine') + ';' +
    [Environment]::GetEnvironmentVariable('Path', 'User')
upfuse-cli --version
if ($LASTEXITCODE -ne 0) { throw "upfuse-cli --version ended with $LASTEXITCODE" }
# A stack pointer and a reset handler where the simulated board has its flash.
$firmware = "$env:TEMP\firmware.bin"
[IO.File]::WriteAllBytes($firmware, [byte[]]((0, 0, 2, 0x20, 9, 0, 0, 8) + @(0xBF) * 4096))
upfuse-cli --simulate f407 upgrade $firmware
if ($LASTEXITCODE -ne 0) { throw "the upgrade ended with $LASTEXITCODE" }
upfuse-cli doctor
Remove-Item $firmware

Invoke-Installer "$installed\upfuse-uninstall.exe"
# It goes on from a copy, so that it can remove itself.
foreach ($second in 1..30) {
    if (-not (Test-Path $installed)) { break }
    Start-Sleep 1
}
foreach ($left in $installed, 'HKCU:\Software\Classes\Upfuse.Firmware', 'HKCU:\Software\Classes\.upfuse',
    'HKCU:\Software\Microsoft\Windows\CurrentVersion\Uninstall\Upfuse') {
    if (Test-Path $left) { throw "the uninstaller left $left" }
}
if ((Get-UserPath) -cne $before) { throw "PATH was $before, and is $(Get-UserPath)" }
'ok'
exit 0
