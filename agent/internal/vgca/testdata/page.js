// A page that signs as integrators' pages do: it reads the answer's text, looks
// at Status and FileServer, and tells its server.
var answers = {};

function keep(name, next) {
  return function () {
    answers[name] = JSON.parse(arguments[arguments.length - 1]);
    next();
  };
}

function question(more) {
  var q = {};
  q.FileUploadHandler = location.origin + "/upload.aspx";
  q.SessionId = "";
  q.JWTToken = "";
  q.FileName = location.origin + "/files/công văn.pdf";
  q.MetaData = [{ Key: "token", Value: "t-1" }];
  for (var k in more) q[k] = more[k];
  return JSON.stringify(q);
}

var steps = [
  function (next) { vgca_get_version(keep("version", next)); },
  function (next) { vgca_get_certinfo(keep("certificate", next)); },
  function (next) { vgca_sign_approved(question(), keep("approved", next)); },
  function (next) { vgca_sign_copy(question({ DocNumber: "127/STN-VP", IssuedDate: new Date() }), keep("copy", next)); },
  function (next) {
    var files = [1, 2].map(function (i) {
      return { FileID: i, FileName: "tờ " + i + ".pdf", URL: location.origin + "/files/công văn.pdf" };
    });
    vgca_sign_files(question({ FileName: undefined, Files: files }), keep("files", next));
  },
  function (next) { vgca_sign_msg(document.body, btoa("Dong y"), keep("message", next)); },
  function (next) { vgca_sign_json(document.body, JSON.stringify({ JsonContent: '{"a":1}', DetachPayload: "false", IsPss: "true" }), keep("json", next)); },
  function (next) { vgca_auth(document.body, "phien-0042", keep("login", next)); },
  function (next) { vgca_verify_pdf(JSON.stringify({ SessionId: "", FileName: location.origin + "/files/công văn.pdf" }), keep("verify", next)); },
];

function run(i) {
  if (i < steps.length) return steps[i](function () { run(i + 1); });
  var post = new XMLHttpRequest();
  post.open("POST", "/answers");
  post.send(JSON.stringify(answers));
}

onload = function () { run(0); };
