# One real Kafka and one database for all tests with FIXTURES_REQUIRED pubsub_services, in a directory and on ports of their
# own. Where they cannot be had (exit status 3), their test is skipped, and so, by themselves, are those that need them.
foreach(word up down)
    set(target pubsub_kafka_mysql.${word})
    add_test(NAME ${target} COMMAND ${CMAKE_CURRENT_LIST_DIR}/fixture ${word} ${CMAKE_BINARY_DIR}/services
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${target} PROPERTIES LABELS "pubsub_kafka_mysql;broker" TIMEOUT 600 SKIP_RETURN_CODE 3)
endforeach()
set_tests_properties(pubsub_kafka_mysql.up PROPERTIES FIXTURES_SETUP pubsub_services)
set_tests_properties(pubsub_kafka_mysql.down PROPERTIES FIXTURES_CLEANUP pubsub_services)

add_pair(test_services.py LABEL broker TIMEOUT 600)
set_tests_properties(pubsub_kafka_mysql.test_services PROPERTIES FIXTURES_REQUIRED pubsub_services RESOURCE_LOCK default_ports)
