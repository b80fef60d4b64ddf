-- What wrk sends: convertir(10, "km", "mi") as an XML-RPC call.
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/xml"
wrk.body = [[<?xml version="1.0"?>
<methodCall><methodName>convertir</methodName><params>
<param><value><double>10</double></value></param>
<param><value><string>km</string></value></param>
<param><value><string>mi</string></value></param>
</params></methodCall>]]
