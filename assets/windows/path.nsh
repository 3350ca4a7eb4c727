; The PATH of this person: adds and removes $INSTDIR. Included by installer.nsi.
;
; A string of NSIS holds 1024 characters, a PATH up to 32767: read into one and written back, the rest
; would be lost. So the value never becomes such a string: it is read into memory, changed there, and
; written back with the type that it had. What was added is removed to the byte.

; (HKEY)(LONG)0x80000001, with its sign, as 64 bits.
!define HKCU_HANDLE -2147483647
!define KEY_READ_WRITE 0x2001F
!define REG_SZ 1
!define REG_EXPAND_SZ 2
!define ERROR_FILE_NOT_FOUND 2
!define LONGEST_VARIABLE 32766
!define SEMICOLON 59

Var Key
; ";PATH;" with room for one entry more: each entry is then between two semicolons.
Var Buffer
; Where PATH begins in it.
Var Value
Var Type

; Opens the key and reads PATH. $0: "" or why it must stay as it is.
!macro ReadPath un
  Function ${un}ReadPath
    StrCpy $Key 0
    StrCpy $Buffer 0
    ; An entry would end at the semicolon, and what is between two signs would be replaced.
    System::Call 'shlwapi::StrPBrkW(w "$INSTDIR", w ";%") p .r0'
    ${If} $0 != 0
      StrCpy $0 "the folder's name has a semicolon or a percent sign"
      Return
    ${EndIf}
    System::Call 'advapi32::RegOpenKeyExW(p ${HKCU_HANDLE}, w "Environment", i 0, \
      i ${KEY_READ_WRITE}, *p .r1) i .r0'
    ${If} $0 != 0
      StrCpy $0 "its key cannot be opened: error $0"
      Return
    ${EndIf}
    StrCpy $Key $1
    System::Call 'advapi32::RegQueryValueExW(p $Key, w "Path", p 0, *i .r1, p 0, *i .r2) i .r0'
    ${If} $0 == ${ERROR_FILE_NOT_FOUND}
      StrCpy $1 ${REG_EXPAND_SZ}
      StrCpy $2 0
    ${ElseIf} $0 != 0
      StrCpy $0 "it cannot be read: error $0"
      Return
    ${ElseIf} $1 != ${REG_SZ}
    ${AndIf} $1 != ${REG_EXPAND_SZ}
      StrCpy $0 "it is no text"
      Return
    ${EndIf}
    StrCpy $Type $1
    ; Zeroed. An entry of ${NSIS_MAX_STRLEN} characters, semicolons and the end fit besides.
    IntOp $3 ${NSIS_MAX_STRLEN} * 2
    IntOp $3 $3 + $2
    IntOp $3 $3 + 32
    System::Alloc $3
    Pop $Buffer
    ${If} $Buffer == 0
      StrCpy $0 "there is no memory"
      Return
    ${EndIf}
    IntPtrOp $Value $Buffer + 2
    System::Call '*$Buffer(&i2 ${SEMICOLON})'
    ${If} $2 != 0
      System::Call 'advapi32::RegQueryValueExW(p $Key, w "Path", p 0, p 0, p $Value, *i r2) i .r0'
      ${If} $0 != 0
        StrCpy $0 "it cannot be read: error $0"
        Return
      ${EndIf}
    ${EndIf}
    ; A text ends with its first zero: what is behind it would be lost.
    System::Call 'kernel32::lstrlenW(p $Value) i .r4'
    IntOp $4 $4 * 2
    IntOp $4 $4 + 2
    ${If} $2 > $4
      StrCpy $0 "it is no text"
      Return
    ${EndIf}
    System::Call 'kernel32::lstrcatW(p $Buffer, w ";")'
    StrCpy $0 ""
  FunctionEnd

  ; $3: where $INSTDIR is an entry, or 0.
  Function ${un}FindInPath
    System::Call 'shlwapi::StrStrIW(p $Buffer, w ";$INSTDIR;") p .r3'
  FunctionEnd

  ; Ends the text in $Buffer before its last character. $4: the address of the new end.
  Function ${un}CutLast
    System::Call 'kernel32::lstrlenW(p $Buffer) i .r4'
    IntOp $4 $4 - 1
    IntOp $4 $4 * 2
    IntPtrOp $4 $Buffer + $4
    System::Call '*$4(&i2 0)'
  FunctionEnd

  ; Writes the text at $Value, or removes an empty one.
  Function ${un}WritePath
    System::Call 'kernel32::lstrlenW(p $Value) i .r4'
    ${If} $4 == 0
      System::Call 'advapi32::RegDeleteValueW(p $Key, w "Path") i .r0'
    ${ElseIf} $4 > ${LONGEST_VARIABLE}
      StrCpy $0 "it would be too long"
      Return
    ${Else}
      IntOp $4 $4 + 1
      IntOp $4 $4 * 2
      System::Call 'advapi32::RegSetValueExW(p $Key, w "Path", i 0, i $Type, p $Value, i r4) i .r0'
    ${EndIf}
    ${If} $0 != 0
      StrCpy $0 "it cannot be written: error $0"
      Return
    ${EndIf}
    StrCpy $0 ""
    ; Programs that are started from now on get the new one.
    SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=5000
  FunctionEnd

  ; Gives back key and memory, and reports $0.
  Function ${un}ClosePath
    ${If} $0 != ""
      DetailPrint "PATH is unchanged: $0"
    ${EndIf}
    ${If} $Buffer != 0
      System::Free $Buffer
    ${EndIf}
    ${If} $Key != 0
      System::Call 'advapi32::RegCloseKey(p $Key)'
    ${EndIf}
  FunctionEnd
!macroend
!insertmacro ReadPath ""
!insertmacro ReadPath "un."

Function AddToPath
  Call ReadPath
  ${If} $0 == ""
    Call FindInPath
    ${If} $3 == 0
      ; As people write a folder.
      System::Call 'shlwapi::StrStrIW(p $Buffer, w ";$INSTDIR\;") p .r3'
    ${EndIf}
    ${If} $3 == 0
      Call AppendToPath
      Call WritePath
    ${EndIf}
  ${EndIf}
  ${If} $0 != ""
    StrCpy $Finished "Upfuse is installed.$\r$\n$\r$\nupfuse-cli runs by its whole path only, because \
      PATH is unchanged: $0."
  ${EndIf}
  Call ClosePath
FunctionEnd

; ";A;" becomes ";A;ENTRY"; with a semicolon at the end of PATH already, ";A;;" becomes ";A;ENTRY;".
Function AppendToPath
  Call CutLast
  ${If} $4 == $Value
    ; There was no PATH.
    System::Call 'kernel32::lstrcatW(p $Buffer, w "$INSTDIR")'
    Return
  ${EndIf}
  IntPtrOp $5 $4 - 2
  System::Call '*$5(&i2 .r6)'
  ${If} $6 == ${SEMICOLON}
    System::Call 'kernel32::lstrcatW(p $Buffer, w "$INSTDIR;")'
  ${Else}
    System::Call 'kernel32::lstrcatW(p $Buffer, w ";$INSTDIR")'
  ${EndIf}
FunctionEnd

Function un.RemoveFromPath
  Call un.ReadPath
  ${If} $0 == ""
    Call un.FindInPath
    ${If} $3 != 0
      ; What follows the entry, from its semicolon to the end, moves to where the entry began.
      StrLen $4 "$INSTDIR"
      IntOp $4 $4 + 1
      IntOp $4 $4 * 2
      IntPtrOp $4 $3 + $4
      System::Call 'kernel32::lstrlenW(p r4) i .r5'
      IntOp $5 $5 + 1
      IntOp $5 $5 * 2
      System::Call 'ntdll::RtlMoveMemory(p r3, p r4, p r5)'
      Call un.CutLast
      ${If} $4 == $Buffer
        ; It was the only entry.
        System::Call '*$Value(&i2 0)'
      ${EndIf}
      Call un.WritePath
    ${EndIf}
  ${EndIf}
  Call un.ClosePath
FunctionEnd
