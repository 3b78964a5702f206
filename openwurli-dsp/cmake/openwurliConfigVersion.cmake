# Version of the crate, which tests/header.rs compares.
set(PACKAGE_VERSION "0.1.0")

# Before 1.0, another minor version is incompatible.
string(REGEX MATCH "^(0\\.)?[0-9]+" _openwurli_series "${PACKAGE_VERSION}")
string(REGEX MATCH "^(0\\.)?[0-9]+" _openwurli_requested "${PACKAGE_FIND_VERSION}")
if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION OR NOT _openwurli_requested STREQUAL _openwurli_series)
    set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
    if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
        set(PACKAGE_VERSION_EXACT TRUE)
    endif()
endif()
unset(_openwurli_series)
unset(_openwurli_requested)
