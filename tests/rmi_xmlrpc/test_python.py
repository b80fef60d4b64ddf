"""Python's xmlrpc calls the C objects, and rmi_client calls objects in Python. Both find each other in the registry."""
import urllib.error
import urllib.request
import xmlrpc.client

from pair import main
from rmi import RmiTest
from xmlrpc_c import needs_infinity


class PythonCalls(RmiTest):
    def test_an_object_that_was_looked_up(self):
        self.start_both()
        conversor, motor = self.object("conversor"), self.object("motor_calculo")
        self.assertEqual(conversor.convertir(1, "mi", "m"), 1609.344)
        self.assertEqual(conversor.convertir(2.5, "kilómetros", "m"), 2500.0)
        self.assertIn({"simbolo": "km", "nombre": "kilómetro", "metros": 1000.0}, conversor.unidades())
        self.assertEqual(motor.ejecutar_tarea("pi", [5]), "3.14159")
        self.assertIs(motor.ejecutar_tarea("primo", [97]), True)
        self.assertIs(motor.ejecutar_tarea("primo", ["18446744073709551556"]), False)
        self.assertEqual(int(motor.ejecutar_tarea("fibonacci", [300])), self.fibonacci(300))

    @staticmethod
    def fibonacci(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a

    def test_both_paths_of_the_registry(self):
        self.start_registry()
        for path in ("", "/", "/RPC2"):
            registry = self.proxy(f"http://127.0.0.1:{self.registry_port}{path}")
            self.assertEqual(registry.list(), [])

    def test_the_registrys_own_methods(self):
        self.start_registry()
        r = self.registry_proxy()
        self.assertEqual(r.bind("uno", "http://127.0.0.1:1/uno"), 30.0)
        self.assertEqual(r.bind("uno", "http://127.0.0.1:1/uno"), 30.0)  # renewed
        self.assert_fault(11, "uno is bound to http://127.0.0.1:1/uno", r.bind, "uno", "http://127.0.0.1:2/uno")
        self.assertEqual(r.lookup("uno"), "http://127.0.0.1:1/uno")
        self.assertEqual(r.rebind("uno", "http://127.0.0.1:2/uno"), 30.0)
        self.assertEqual(r.lookup("uno"), "http://127.0.0.1:2/uno")
        self.assertEqual(r.rebind("dos", "http://192.0.2.1:2/dos"), 30.0)
        self.assertEqual(r.list(), ["uno", "dos"])
        self.assertIs(r.unbind("uno"), True)
        self.assert_fault(10, "no object is bound to uno", r.unbind, "uno")
        self.assert_fault(10, "no object is bound to uno", r.lookup, "uno")
        self.assertEqual(r.list(), ["dos"])

    def test_unbind_if_frees_a_name_only_from_its_own_url(self):
        self.start_registry()
        r = self.registry_proxy()
        r.bind("uno", "http://127.0.0.1:1/uno")
        self.assert_fault(11, "uno is bound to http://127.0.0.1:1/uno", r.unbind_if, "uno", "http://127.0.0.1:2/uno")
        self.assertEqual(r.list(), ["uno"])
        self.assertIs(r.unbind_if("uno", "http://127.0.0.1:1/uno"), True)
        self.assert_fault(10, "no object is bound to uno", r.unbind_if, "uno", "http://127.0.0.1:1/uno")
        self.assertEqual(r.list(), [])

    def test_names_and_urls_are_checked(self):
        self.start_registry()
        r = self.registry_proxy()
        for name in ("", "a b", "../x", "n" * 64, "ñ"):
            self.assert_fault(14, "a name is 1 to 63 letters", r.bind, name, "http://127.0.0.1:1/x")
            self.assert_fault(10, "no object is bound", r.lookup, name)
        for url in ("", "x", "https://127.0.0.1:1/x", "http://127.0.0.1:1", "http://a:b@127.0.0.1:1/x", "http://127.0.0.1:1/" + "x" * 300):
            self.assert_fault(14, "an object's URL looks like http://HOST:PORT/NAME", r.bind, "x", url)
        self.assert_fault(14, "this registry's host knows no host of that name", r.bind, "x", "http://no.such.host.invalid:1/x")
        self.assertEqual(r.list(), [])

    def test_the_registry_is_bounded(self):
        self.start_registry("-q")
        many = xmlrpc.client.MultiCall(self.registry_proxy())
        for i in range(1024):
            many.bind(f"n{i}", "http://127.0.0.1:1/x")
        self.assertEqual(list(many()), [30.0] * 1024)
        self.assert_fault(15, "there are 1024 names already", self.registry_proxy().bind, "more", "http://127.0.0.1:1/x")
        self.assertEqual(len(self.registry_proxy().list()), 1024)

    def test_introspection_comes_from_the_interface(self):
        self.start_both()
        conversor, motor, registry = self.object("conversor"), self.object("motor_calculo"), self.registry_proxy()
        self.assertEqual(conversor.system.methodSignature("convertir"), [["double", "double", "string", "string"]])
        self.assertEqual(conversor.system.methodSignature("unidades"), [["array"]])
        self.assertEqual(motor.system.methodSignature("ejecutar_tarea"),
                         [["string", "string", "array"], ["boolean", "string", "array"]])
        self.assertEqual(motor.system.methodSignature("ejecutar_tarea_con_avisos"),
                         [["string", "string", "array", "string"], ["boolean", "string", "array", "string"]])
        self.assertEqual(registry.system.methodSignature("bind"), [["double", "string", "string"]])
        self.assertEqual(registry.system.methodSignature("lookup"), [["string", "string"]])
        self.assertEqual(registry.system.methodSignature("list"), [["array"]])
        for proxy, methods in ((conversor, ["convertir", "unidades"]),
                               (motor, ["ejecutar_tarea", "ejecutar_tarea_con_avisos"]),
                               (registry, ["bind", "rebind", "unbind", "unbind_if", "lookup", "list"])):
            own = [name for name in proxy.system.listMethods() if not name.startswith("system.")]
            self.assertEqual(own, methods)
            for name in own:
                self.assertRegex(proxy.system.methodHelp(name), r"^[A-Z].*\.$")

    def test_arguments_are_checked_by_the_interface(self):
        self.start_both()
        c, m = self.object("conversor"), self.object("motor_calculo")
        for message, function, *args in (
                ("parameter 1, valor, is missing", c.convertir),
                ("parameter 3, unidad_destino, is missing", c.convertir, 1.0, "m"),
                ("4 parameters, expected 3", c.convertir, 1.0, "m", "km", 1),
                ("parameter 1, valor: expected DOUBLE, got STRING", c.convertir, "1", "m", "km"),
                ("parameter 1, valor: expected DOUBLE, got NIL", c.convertir, None, "m", "km"),
                ("parameter 1, valor: expected DOUBLE, got BOOL", c.convertir, True, "m", "km"),
                ("parameter 2, unidad_origen: expected STRING, got ARRAY", c.convertir, 1.0, ["m"], "km"),
                ("1 parameters, expected 0", c.unidades, 1),
                ("parameter 2, parametros: expected ARRAY, got STRUCT", m.ejecutar_tarea, "pi", {"n": 1}),
                ("parameter 2, parametros: expected ARRAY, got INT", m.ejecutar_tarea, "pi", 10)):
            with self.subTest(message):
                self.assert_fault(-501, f"^{message}$", function, *args)
        self.assert_fault(-506, "nada", c.nada)

    def test_what_strangers_send_is_escaped(self):
        server = self.start_both()
        self.assert_fault(1, "unknown unit", self.object("conversor").convertir, 1, "\x7f\u009b2J\"", "m")
        server.line(r'conversor\.convertir\(1, "\\x7F\\xC2\\x9B2J"", "m"\): fault 1: unknown unit')
        self.assert_fault(3, "unknown task", self.object("motor_calculo").ejecutar_tarea, "x" * 100000, [0] * 1000)
        self.assertLess(len(server.line(r'ejecutar_tarea\("x{64}"\.\.\., \[0, ').string), 1000)

    @needs_infinity
    def test_what_is_no_number_is_printed_and_refused(self):
        """Also as a wrong argument: the line about the call is printed before its arguments are checked."""
        server = self.start_both()
        self.assert_fault(2, "no finite number", self.object("conversor").convertir, float("inf"), "km", "m")
        server.line(r'conversor\.convertir\(inf, "km", "m"\): fault 2: ')
        self.assert_fault(3, "unknown task", self.object("motor_calculo").ejecutar_tarea, "x", [-float("inf")])
        server.line(r'ejecutar_tarea\("x", \[-inf\]\): fault 3: ')
        self.assert_fault(-501, "parameter 1, name: expected STRING, got DOUBLE", self.registry_proxy().bind, float("nan"), "x")
        self.registry.line(r'registro\.bind\(nan, "x"\): fault -501: ')

    def test_pages_for_people(self):
        server = self.start_both()
        url = self.registry_proxy().lookup("conversor")
        page = urllib.request.urlopen(url).read().decode()
        self.assertRegex(page, "convertir\n    A length, valor, from unidad_origen to unidad_destino")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url.replace("conversor", "nada"))
        self.assertEqual(caught.exception.code, 404)
        caught.exception.close()
        server.stop()


class PythonIsCalled(RmiTest):
    def test_an_object_of_pythons_bound_by_python(self):
        self.start_registry()

        def convertir(valor, origen, destino):
            return valor * 2 if (origen, destino) == ("dos", "uno") else -1
        url = self.export("/RPC2", convertir=convertir, unidades=lambda: [{"simbolo": "uno"}, "dos"])
        self.registry_proxy().bind("conversor", url)
        self.assertEqual(self.call("21", "dos", "uno").stdout, ["42"])
        self.assertEqual(self.call("unidades").stdout, ['{"simbolo": "uno"}', "dos"])

        def ejecutar_tarea(nombre, parametros):
            return f"{nombre} {parametros}"
        self.registry_proxy().bind("motor_calculo", self.export("/", ejecutar_tarea=ejecutar_tarea))
        self.assertEqual(self.call("cualquiera", "7", "x").stdout, ["cualquiera [7, 'x']"])

    def test_what_python_answers_is_escaped(self):
        self.start_registry()
        self.registry_proxy().bind("motor_calculo", self.export("/", ejecutar_tarea=lambda *_: "\x7f\u009b2J"))
        self.assertEqual(self.call("x").stdout, [r"\x7F\xC2\x9B2J"])

        def refuse(*_):
            raise xmlrpc.client.Fault(7, "\x7f\u009b2J\nx")
        self.registry_proxy().bind("conversor", self.export("/", convertir=refuse))
        for args in (("1", "km", "m"), ("-n", 5)):
            self.assertEqual(self.call(*args, status=1).stderr,
                             [r"rmi_client: the procedure failed at the server: fault 7: \x7F\xC2\x9B2J\nx"])

    @needs_infinity
    def test_what_is_no_number_is_printed(self):
        self.start_registry()
        self.registry_proxy().bind("conversor", self.export("/", convertir=lambda *_: float("-inf"),
                                                            unidades=lambda: [float("inf"), float("nan")]))
        self.assertEqual(self.call("1", "km", "m").stdout, ["-inf"])
        self.assertEqual(self.call("unidades").stdout, ["inf", "nan"])

    def test_an_object_moves_from_python_to_c(self):
        self.start_registry()
        self.registry_proxy().bind("conversor", self.export("/RPC2", convertir=lambda *_: 1.0))
        client = self.start("rmi_client", *self.where())
        client.type("10 km m\n")
        client.line("^1$")
        self.start_server("--rebind")
        client.type("10 km m\n")
        client.line("^1$")  # a stub stays with the object that it knows as long as that answers
        client.ends()
        self.assertEqual(self.call("10", "km", "m").stdout, ["10000"])


if __name__ == "__main__":
    main()
