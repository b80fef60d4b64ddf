"""A registry and servers on free ports, for the tests of remote objects."""
import threading
import xmlrpc.client
import xmlrpc.server

from pair import PairTest


class RmiTest(PairTest):
    def start_registry(self, *args):
        self.registry, self.registry_port = self.serve("rmi_registry", *args)
        return self.registry

    def where(self):
        return "--registry", f"localhost:{self.registry_port}"

    def start_server(self, *args):
        """An rmi_server whose objects are bound."""
        server = self.start("rmi_server", *self.where(), *args)
        server.line("^bound motor_calculo to ")
        return server

    def start_both(self, *args):
        self.start_registry(*args)
        return self.start_server()

    def call(self, *args, status=0, **more):
        """Runs rmi_client: one call in its arguments, or those in `text`."""
        return self.run_program("rmi_client", *self.where(), *args, status=status, **more)

    def assert_call_fails(self, message, *args):
        client = self.call(*args, status=1)
        self.assertEqual(client.stdout, [])
        self.assertRegex("\n".join(client.stderr), f"^rmi_client: (?:{message})$")

    def proxy(self, url):
        proxy = xmlrpc.client.ServerProxy(url, allow_none=True)
        self.addCleanup(proxy("close"))
        return proxy

    def registry_proxy(self):
        return self.proxy(f"http://127.0.0.1:{self.registry_port}/")

    def object(self, name):
        """The object of that name as Python calls it."""
        return self.proxy(self.registry_proxy().lookup(name))

    def export(self, path="/", **methods):
        """An object in Python; returns its URL."""
        class Handler(xmlrpc.server.SimpleXMLRPCRequestHandler):
            rpc_paths = (path,)
        server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), Handler, logRequests=False)
        for name, method in methods.items():
            server.register_function(method, name)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}{path}"

    def assert_fault(self, code, text, function, *args):
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            function(*args)
        self.assertEqual(caught.exception.faultCode, code, caught.exception.faultString)
        self.assertRegex(caught.exception.faultString, text)
