# find_package(openwurli CONFIG) defines the target openwurli::openwurli.
#
# Stands in PREFIX/share/openwurli/cmake; the library is found relative to it.
get_filename_component(_openwurli_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

find_path(openwurli_INCLUDE_DIR openwurli.h PATHS "${_openwurli_prefix}/include" NO_DEFAULT_PATH)
# The import library first, where there is one.
find_library(openwurli_LIBRARY NAMES openwurli.dll openwurli PATHS "${_openwurli_prefix}"
    PATH_SUFFIXES "lib/${CMAKE_LIBRARY_ARCHITECTURE}" lib lib64 NO_DEFAULT_PATH)

if(NOT openwurli_INCLUDE_DIR OR NOT openwurli_LIBRARY)
    set(openwurli_FOUND FALSE)
    set(openwurli_NOT_FOUND_MESSAGE
        "openwurli.h or the library is missing below ${_openwurli_prefix}; install both again with cargo cinstall")
elseif(NOT TARGET openwurli::openwurli)
    add_library(openwurli::openwurli UNKNOWN IMPORTED)
    set_target_properties(openwurli::openwurli PROPERTIES
        IMPORTED_LOCATION "${openwurli_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${openwurli_INCLUDE_DIR}")
endif()

mark_as_advanced(openwurli_INCLUDE_DIR openwurli_LIBRARY)
unset(_openwurli_prefix)
