# One real Kafka and one database for all tests with FIXTURES_REQUIRED pubsub_services, in a directory and on ports of their
# own. Where they cannot be had (exit status 3), their test is skipped, and so, by themselves, are those that need them. Those
# that use the topics, whose names are the programs', have RESOURCE_LOCK pubsub_topics.
foreach(word java up down)
    set(target pubsub_kafka_mysql.${word})
    set(directory ${CMAKE_BINARY_DIR}/services)
    if(word STREQUAL java)
        set(directory ${CMAKE_BINARY_DIR}/kafka)
    endif()
    add_test(NAME ${target} COMMAND ${CMAKE_CURRENT_LIST_DIR}/fixture ${word} ${directory} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${target} PROPERTIES LABELS "pubsub_kafka_mysql;broker" TIMEOUT 600 SKIP_RETURN_CODE 3
                         ENVIRONMENT "${test_java}")
endforeach()
set_tests_properties(pubsub_kafka_mysql.java PROPERTIES FIXTURES_SETUP kafka_java)
set_tests_properties(pubsub_kafka_mysql.up PROPERTIES FIXTURES_SETUP pubsub_services FIXTURES_REQUIRED kafka_java)
set_tests_properties(pubsub_kafka_mysql.down PROPERTIES FIXTURES_CLEANUP pubsub_services)

add_pair(test_services.py LABEL broker TIMEOUT 600) # it tests up, down and status: with servers of its own
set_tests_properties(pubsub_kafka_mysql.test_services PROPERTIES FIXTURES_REQUIRED kafka_java)
