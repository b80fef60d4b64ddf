set(source ${CMAKE_SOURCE_DIR}/pubsub_kafka_mysql)
pkg_check_modules(jansson REQUIRED QUIET IMPORTED_TARGET jansson)
add_unit(test_rows.c ${source}/rows.c ${source}/topics.c ${source}/random_rows.c LIBS PkgConfig::jansson m)
add_unit(test_frame.c ${source}/figures.c ${source}/table.c LIBS m)
add_unit(test_kafka_request.c ${source}/kafka_request.c)
pkg_check_modules(mysqlclient QUIET IMPORTED_TARGET mysqlclient)
set(mysql PkgConfig::mysqlclient)
if(NOT mysqlclient_FOUND)
    pkg_check_modules(libmariadb REQUIRED QUIET IMPORTED_TARGET libmariadb)
    set(mysql PkgConfig::libmariadb)
endif()
add_unit(test_database.c ${source}/database.c LIBS ${mysql})
pkg_check_modules(rdkafka REQUIRED QUIET IMPORTED_TARGET rdkafka)
add_unit(test_outage.c ${source}/outage.c) # it plays librdkafka
target_include_directories(pubsub_kafka_mysql.test_outage PRIVATE ${rdkafka_INCLUDE_DIRS})
add_unit(test_query.c ${source}/bind.c ${source}/positions.c ${source}/query.c ${source}/statement.c ${source}/topics.c
         LIBS PkgConfig::jansson ${mysql})
foreach(script test_programs test_writer) # on the Kafka and the database that all tests share
    add_pair(${script}.py LABEL broker TIMEOUT 600)
    set_tests_properties(pubsub_kafka_mysql.${script} PROPERTIES FIXTURES_REQUIRED pubsub_services RESOURCE_LOCK pubsub_topics)
endforeach()
foreach(script test_chaos test_trouble test_full) # each starts servers of its own, which it may kill
    add_pair(${script}.py LABEL broker TIMEOUT 600)
    set_tests_properties(pubsub_kafka_mysql.${script} PROPERTIES FIXTURES_REQUIRED kafka_java)
endforeach()
# What test_embedded.py starts beside the programs.
pkg_check_modules(rdkafka REQUIRED QUIET IMPORTED_TARGET rdkafka)
add_executable(refusing_broker refusing_broker.c)
target_link_libraries(refusing_broker PRIVATE PkgConfig::rdkafka)
