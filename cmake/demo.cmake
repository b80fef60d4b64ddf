# What the CMakeLists.txt of a module (a model's directory) and of a room (a library that several modules share) is
# written with.

include(FindPkgConfig)
find_package(Threads REQUIRED)

# Sets `out` to Debian's package that brings a library, by the table cmake/packages.
function(demo_package library out)
    file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/packages lines REGEX "^build +library +([^ ]+\\|)?${library}[ |]")
    string(REGEX MATCH "debian=[^ ]+" package "${lines}")
    if(NOT package)
        message(FATAL_ERROR "${library} is missing in cmake/packages")
    endif()
    string(REPLACE "debian=" "" package ${package})
    set(${out} ${package} PARENT_SCOPE)
endfunction()

# Looks for a library by its pkg-config name: makes the target PkgConfig::libcurl, or sets `missing` in the caller to the
# reason why there is none. The target is global: a program of another directory that links a room links its libraries.
function(demo_find library missing)
    pkg_check_modules(${library} QUIET IMPORTED_TARGET GLOBAL ${library})
    set(reason "")
    if(NOT TARGET PkgConfig::${library})
        demo_package(${library} package)
        set(reason "needs ${library}: install ${package}")
    endif()
    set(${missing} "${reason}" PARENT_SCOPE)
endfunction()

# demo_needs(libcurl): the library is there, as target PkgConfig::libcurl. Else the directory that says so is skipped. A
# macro, so that return() ends its CMakeLists.txt.
macro(demo_needs library)
    demo_find(${library} missing)
    if(missing)
        demo_skip("${missing}")
        return()
    endif()
endmacro()

# The same for a library that brings no pkg-config file.
macro(demo_needs_library library)
    find_library(${library}_library ${library})
    if(NOT ${library}_library)
        demo_package(${library} package)
        demo_skip("needs ${library}: install ${package}")
        return()
    endif()
endmacro()

# demo_needs_room(http_server): that room could be built; else this module is skipped for the room's reason.
macro(demo_needs_room room)
    if(NOT TARGET ${room})
        get_property(reason GLOBAL PROPERTY demo_room_${room}_skipped)
        demo_skip("${reason}")
        return()
    endif()
endmacro()

# Says that the current directory is not built, and why: an error where everything is required.
function(demo_skip reason)
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME directory)
    if(DEMO_REQUIRE_ALL)
        message(FATAL_ERROR "${directory} ${reason}")
    endif()
    message(STATUS "skipped ${directory}: ${reason}")
endfunction()

# What a program or a room is made of, in plain words: `sources` as paths from the top, and `libs`; those of its rooms
# included. Both are set in the caller.
macro(demo_parts)
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME directory)
    set(sources ${arg_UNPARSED_ARGUMENTS})
    list(TRANSFORM sources PREPEND ${directory}/)
    list(TRANSFORM sources REPLACE "^[^/]+/\\.\\./" "") # of the one module that extends another
    set(libs ${arg_LIBS})
    foreach(room IN LISTS arg_ROOMS)
        get_property(room_sources GLOBAL PROPERTY demo_room_${room}_sources)
        get_property(room_libs GLOBAL PROPERTY demo_room_${room}_libs)
        list(APPEND sources ${room_sources})
        list(APPEND libs ${room_libs})
    endforeach()
    list(REMOVE_DUPLICATES sources)
endmacro()

# add_room(http_server http_server.c [more.c ...] [ROOMS room ...] [LIBS library ...]): a library of the current room. A room
# whose library PkgConfig::NAME is missing is not made; the modules that need it say why they are skipped.
function(add_room name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ROOMS;LIBS")
    foreach(library IN LISTS arg_LIBS)
        if(library MATCHES "^PkgConfig::(.+)")
            demo_find(${CMAKE_MATCH_1} missing)
            if(missing)
                set_property(GLOBAL PROPERTY demo_room_${name}_skipped "${missing}")
                return()
            endif()
        endif()
    endforeach()
    add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PUBLIC ${arg_ROOMS} ${arg_LIBS})
    demo_parts()
    set_property(GLOBAL PROPERTY demo_room_${name}_sources ${sources})
    set_property(GLOBAL PROPERTY demo_room_${name}_libs ${libs})
endfunction()

# add_demo(tcp_server tcp_server.c [more.c ...] [ROOMS room ...] [LIBS library ...]): one program of the current directory,
# in bin/ and installed. What it is made of is noted in programs.txt, for the test that compiles every module alone.
function(add_demo name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ROOMS;LIBS")
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${arg_ROOMS} ${arg_LIBS})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    demo_parts()
    list(TRANSFORM libs REPLACE "^PkgConfig::" "")
    list(JOIN sources " " sources)
    list(JOIN libs " " libs)
    set_property(GLOBAL APPEND PROPERTY demo_programs "${name}: ${sources} | ${libs}")
    set_property(GLOBAL APPEND PROPERTY demo_modules ${directory})
endfunction()

function(demo_summary)
    get_property(programs GLOBAL PROPERTY demo_programs)
    list(JOIN programs "\n" lines)
    file(WRITE ${CMAKE_BINARY_DIR}/programs.txt "${lines}\n")
endfunction()
