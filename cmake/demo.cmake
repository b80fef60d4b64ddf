# What a module's CMakeLists.txt is written with.

include(FindPkgConfig)

# demo_needs(libxmlrpc_client PACKAGE libxmlrpc-core-c3-dev): the pkg-config module is there, as PkgConfig::<name>; else
# the module that says so is skipped with one line that names Debian's package. A macro, so that return() ends the
# module's CMakeLists.txt.
macro(demo_needs pkg PACKAGE package)
    pkg_check_modules(${pkg} QUIET IMPORTED_TARGET ${pkg})
    if(NOT ${pkg}_FOUND)
        demo_skip("needs ${pkg}: install ${package}")
        return()
    endif()
endmacro()

# The same for a library that brings no pkg-config file.
macro(demo_needs_library name PACKAGE package)
    find_library(${name}_library ${name})
    if(NOT ${name}_library)
        demo_skip("needs ${name}: install ${package}")
        return()
    endif()
endmacro()

# Says that the current module is not built, and why: an error where everything is required.
function(demo_skip reason)
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME module)
    if(DEMO_REQUIRE_ALL)
        message(FATAL_ERROR "${module} ${reason}")
    endif()
    message(STATUS "skipped ${module}: ${reason}")
endfunction()

# add_demo(tcp_server tcp_server.c [more.c ...] [LIBS library ...]): one program of the current module, in bin/ and
# installed. What it is made of is noted in programs.txt, for the test that compiles every module alone.
function(add_demo name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" LIBS)
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${arg_LIBS})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME module)
    list(TRANSFORM arg_UNPARSED_ARGUMENTS PREPEND ${module}/ OUTPUT_VARIABLE sources)
    list(TRANSFORM sources REPLACE "^[^/]+/\\.\\./" "") # of the one module that extends another
    list(TRANSFORM arg_LIBS REPLACE "^PkgConfig::" "" OUTPUT_VARIABLE libs)
    list(JOIN sources " " sources)
    list(JOIN libs " " libs)
    set_property(GLOBAL APPEND PROPERTY demo_programs "${name}: ${sources} | ${libs}")
    set_property(GLOBAL APPEND PROPERTY demo_modules ${module})
endfunction()

function(demo_summary)
    get_property(programs GLOBAL PROPERTY demo_programs)
    list(JOIN programs "\n" lines)
    file(WRITE ${CMAKE_BINARY_DIR}/programs.txt "${lines}\n")
endfunction()
