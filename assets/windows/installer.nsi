; The installer for Windows: for one person, without an administrator's rights. tests/package/windows.sh
; makes it from the files of the portable archive, so that both hold the same.
;
; Needs: VERSION, NUMBERS (the same without a suffix), ADD_FILES and REMOVE_FILES (scripts that put the
; files into $INSTDIR, the output path, and delete them there), KILOBYTES (their size), ICON, SIDE (a
; picture of 164 by 314 pixels), OUTPUT.
;
; Silent: /S, and /D=FOLDER as the last argument. Exit codes: 0 done, 1 cancelled, 2 failed, 5 Upfuse
; is running.

; The programs are for 64 bits, and Windows may lack what runs others.
Target amd64-unicode
Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma
AllowSkipFiles off

!include FileFunc.nsh
!include LogicLib.nsh
!include MUI2.nsh
!include WinMessages.nsh
!include WinVer.nsh

!define UNINSTALL_LIST "Software\Microsoft\Windows\CurrentVersion\Uninstall"
!define UNINSTALL_KEY "${UNINSTALL_LIST}\Upfuse"
!define EXIT_RUNNING 5

Name "Upfuse"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Upfuse"
; An upgrade goes where the earlier version is.
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText "Upfuse ${VERSION}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_WELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_DIRECTORYPAGE_TEXT_TOP "Upfuse ${VERSION} will be installed in this folder, for you alone. \
.dfu files will open with it, and upfuse-cli will run in every new terminal."
Var Finished
!define MUI_FINISHPAGE_TEXT "$Finished"
; With room for the reason why PATH is unchanged.
!define MUI_FINISHPAGE_TEXT_LARGE
!define MUI_FINISHPAGE_RUN "$INSTDIR\upfuse.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Open Upfuse"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
; An administrator's rights installed a driver, and its record: they are not removed without them.
!define MUI_UNCONFIRMPAGE_TEXT_TOP "Upfuse will be removed. Your settings, backups and records stay, and \
drivers that Upfuse installed."
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

VIProductVersion "${NUMBERS}.0"
!macro Describe KEY TEXT
  VIAddVersionKey /LANG=${LANG_ENGLISH} "${KEY}" "${TEXT}"
!macroend
!insertmacro Describe "ProductName" "Upfuse"
!insertmacro Describe "ProductVersion" "${VERSION}"
!insertmacro Describe "FileVersion" "${VERSION}"
!insertmacro Describe "FileDescription" "Upfuse installer"
!insertmacro Describe "CompanyName" "The Upfuse contributors"
!insertmacro Describe "LegalCopyright" "MIT or Apache-2.0"

!include "path.nsh"
!include "associations.nsh"

; Windows does not replace a program that runs: ask for its end before anything is changed.
!macro RefuseWhileRunning un
  Function ${un}RefuseWhileRunning
    retry:
    FindFirst $0 $1 "$INSTDIR\*.exe"
    ${DoWhile} $1 != ""
      ; During an upgrade the uninstaller itself runs.
      ${If} $1 != "upfuse-uninstall.exe"
        ClearErrors
        FileOpen $2 "$INSTDIR\$1" a
        ${If} ${Errors}
          FindClose $0
          MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION \
            "$1 is running, or the folder $INSTDIR cannot be written. Close Upfuse, then try again." \
            /SD IDCANCEL IDRETRY retry
          SetErrorLevel ${EXIT_RUNNING}
          Quit
        ${EndIf}
        FileClose $2
      ${EndIf}
      FindNext $0 $1
    ${Loop}
    FindClose $0
  FunctionEnd
!macroend
!insertmacro RefuseWhileRunning ""
!insertmacro RefuseWhileRunning "un."

Function .onInit
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "Upfuse needs Windows 10 or later." /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  StrCpy $Finished "Upfuse is installed."
FunctionEnd

; PATH has the folder as it was named then. The uninstaller may have been started by another name, as
; through a link: it is the same folder where a new file in one is also in the other.
Function un.onInit
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $0 == ""
    Return
  ${EndIf}
  ClearErrors
  GetTempFileName $1 $INSTDIR
  ${If} ${Errors}
    ; The section reports that the folder cannot be written.
    Return
  ${EndIf}
  ${GetFileName} $1 $2
  ${If} ${FileExists} "$0\$2"
    StrCpy $INSTDIR $0
  ${EndIf}
  Delete $1
FunctionEnd

; The earlier version knows its own files. In the same folder it leaves everything else as it is, so
; that what people pinned to Start stays.
Function RemoveEarlier
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $0 == ""
  ${OrIfNot} ${FileExists} "$0\upfuse-uninstall.exe"
    Return
  ${EndIf}
  StrCpy $1 ""
  ${If} $0 == $INSTDIR
    StrCpy $1 "/UPGRADE"
  ${EndIf}
  DetailPrint "Removing the earlier version"
  ExecWait '"$0\upfuse-uninstall.exe" /S $1 _?=$0' $2
  ${If} $2 != 0
    SetErrorLevel $2
    Quit
  ${EndIf}
  Delete "$0\upfuse-uninstall.exe"
  RMDir "$0"
FunctionEnd

Section "Upfuse"
  Call RefuseWhileRunning
  Call RemoveEarlier

  SetOutPath "$INSTDIR"
  !include "${ADD_FILES}"
  ; Its folder is in PATH: no name that another program might have.
  WriteUninstaller "$INSTDIR\upfuse-uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Upfuse.lnk" "$INSTDIR\upfuse.exe"

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "Upfuse"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The Upfuse contributors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\upfuse.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\upfuse-uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\upfuse-uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1

  Call Associate
  Call AddToPath
SectionEnd

Section "Uninstall"
  Call un.RefuseWhileRunning
  !include "${REMOVE_FILES}"
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/UPGRADE" $1
  ${IfNot} ${Errors}
    Return
  ${EndIf}

  Call un.RemoveFromPath
  Call un.Associate
  Delete "$SMPROGRAMS\Upfuse.lnk"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  DeleteRegKey /ifempty HKCU "${UNINSTALL_LIST}"
  Delete "$INSTDIR\upfuse-uninstall.exe"
  ; Only if nothing of somebody else's is in them.
  RMDir "$INSTDIR"
  RMDir "$LOCALAPPDATA\Programs"
SectionEnd
