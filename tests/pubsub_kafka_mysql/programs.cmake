set(source ${CMAKE_SOURCE_DIR}/pubsub_kafka_mysql)
pkg_check_modules(jansson REQUIRED QUIET IMPORTED_TARGET jansson)
add_unit(test_rows.c ${source}/rows.c ${source}/topics.c ${source}/invent.c LIBS PkgConfig::jansson m)
add_unit(test_frame.c ${source}/frame.c LIBS m)
add_unit(test_kafka_request.c ${source}/kafka_request.c)
foreach(script test_chaos test_writer test_full test_programs) # each starts servers of its own, which it may kill
    add_pair(${script}.py LABEL broker TIMEOUT 600)
endforeach()
# What test_embedded.py starts beside the programs.
pkg_check_modules(rdkafka REQUIRED QUIET IMPORTED_TARGET rdkafka)
add_executable(refusing_broker refusing_broker.c)
target_link_libraries(refusing_broker PRIVATE PkgConfig::rdkafka)
