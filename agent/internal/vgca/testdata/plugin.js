// One function for each method, one connection for each call: how pages for the
// VGCA service ask. There is no onerror handler, no handshake and no time limit.
var service = "wss://127.0.0.1:PORT/";

function send(method, text, back) {
  var ws = new WebSocket(service + method);
  ws.onopen = function () {
    ws.send(text);
  };
  ws.onmessage = function (e) {
    back(e.data);
    ws.close();
  };
  ws.onclose = function () {};
}

function vgca_sign_approved(json, back) { send("SignApproved", json, back); }
function vgca_sign_copy(json, back) { send("SignCopy", json, back); }
function vgca_sign_files(json, back) { send("SignFiles", json, back); }
function vgca_get_certinfo(back) { send("GetCertInfo", "get_cert_info", back); }
function vgca_get_version(back) { send("GetVersion", "GetVersion", back); }
function vgca_show_config() { send("Config", "config", function () {}); }
function vgca_sign_msg(sender, text, back) { send("SignMsg", text, function (r) { back(sender, r); }); }
function vgca_sign_json(sender, json, back) { send("SignJson", json, function (r) { back(sender, r); }); }
function vgca_auth(sender, code, back) { send("Auth", code, function (r) { back(sender, r); }); }
function vgca_verify_pdf(json, back) { send("VerifyPDF", json, back); }
