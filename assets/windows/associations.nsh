; File types, for this person alone. Included by installer.nsi.

!define CLASSES "Software\Classes"
!define SHCNE_ASSOCCHANGED 0x08000000

; Becomes the program for double clicks only where there is none: another program's files stay its own.
!macro AddType EXTENSION CLASS DESCRIPTION
  WriteRegStr HKCU "${CLASSES}\${CLASS}" "" "${DESCRIPTION}"
  WriteRegStr HKCU "${CLASSES}\${CLASS}\DefaultIcon" "" "$INSTDIR\upfuse.exe,0"
  WriteRegStr HKCU "${CLASSES}\${CLASS}\shell\open\command" "" '"$INSTDIR\upfuse.exe" "%1"'
  WriteRegNone HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids" "${CLASS}"
  ReadRegStr $0 HKCU "${CLASSES}\${EXTENSION}" ""
  ${If} $0 == ""
    ReadRegStr $0 HKLM "${CLASSES}\${EXTENSION}" ""
  ${EndIf}
  ${If} $0 == ""
    WriteRegStr HKCU "${CLASSES}\${EXTENSION}" "" "${CLASS}"
  ${EndIf}
!macroend

!macro RemoveType EXTENSION CLASS
  DeleteRegKey HKCU "${CLASSES}\${CLASS}"
  DeleteRegValue HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids" "${CLASS}"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids"
  ReadRegStr $0 HKCU "${CLASSES}\${EXTENSION}" ""
  ${If} $0 == "${CLASS}"
    DeleteRegValue HKCU "${CLASSES}\${EXTENSION}" ""
  ${EndIf}
  DeleteRegKey /ifempty HKCU "${CLASSES}\${EXTENSION}"
!macroend

!macro TypesChanged
  System::Call 'shell32::SHChangeNotify(i ${SHCNE_ASSOCCHANGED}, i 0, p 0, p 0)'
!macroend

; Listed under "Open with".
!macro Offer EXTENSION
  WriteRegStr HKCU "${CLASSES}\Applications\upfuse.exe\SupportedTypes" "${EXTENSION}" ""
!macroend

Function Associate
  !insertmacro AddType ".dfu" "Upfuse.Firmware" "DfuSe firmware"
  !insertmacro AddType ".upfuse" "Upfuse.Profile" "Upfuse job profile"
  WriteRegStr HKCU "${CLASSES}\Applications\upfuse.exe\shell\open\command" "" \
    '"$INSTDIR\upfuse.exe" "%1"'
  !insertmacro Offer ".dfu"
  !insertmacro Offer ".upfuse"
  !insertmacro Offer ".hex"
  !insertmacro Offer ".s19"
  !insertmacro Offer ".srec"
  !insertmacro Offer ".elf"
  !insertmacro Offer ".uf2"
  !insertmacro Offer ".bin"
  !insertmacro TypesChanged
FunctionEnd

Function un.Associate
  !insertmacro RemoveType ".dfu" "Upfuse.Firmware"
  !insertmacro RemoveType ".upfuse" "Upfuse.Profile"
  DeleteRegKey HKCU "${CLASSES}\Applications\upfuse.exe"
  DeleteRegKey /ifempty HKCU "${CLASSES}\Applications"
  !insertmacro TypesChanged
FunctionEnd
