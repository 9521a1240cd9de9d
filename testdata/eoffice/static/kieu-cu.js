// A page in the style of those written for the incumbent's library: global
// functions, JSON text in, JSON text out, an upload handler with "uploadfile".
// It knows nothing of Kyso.
/* global vgca_sign_files, vgca_sign_xml, vgca_verify_pdf, vgca_get_certinfo, vgca_get_version */
(function () {
  var list = document.getElementById("document");
  var site = location.protocol + "//" + location.host;

  function show(text) {
    document.getElementById("reply").textContent = text;
  }

  function fileSigned(text) {
    var reply = JSON.parse(text);
    if (reply.Status === 0) show("Đã ký: " + reply.FileName + " | " + reply.FileServer + " | " + reply.DocumentNumber);
    else show("Lỗi " + reply.Status + ": " + reply.Message);
  }

  function request(name) {
    var prms = {};
    prms["FileUploadHandler"] = site + "/kieu-cu/FileUploadHandler";
    prms["SessionId"] = "";
    prms["JWTToken"] = "";
    prms["FileName"] = site + "/api/documents/" + name;
    prms["DocNumber"] = document.getElementById("number").value;
    prms["IssuedDate"] = new Date();
    prms["MetaData"] = [{ Key: "document", Value: name }];
    return prms;
  }

  ["vgca_sign_approved", "vgca_sign_issued", "vgca_sign_income", "vgca_sign_appendix", "vgca_sign_copy", "vgca_comment", "vgca_sign_pdf"].forEach(function (name) {
    document.getElementById(name).onclick = function () {
      show("…");
      window[name](JSON.stringify(request(list.value)), fileSigned);
    };
  });

  document.getElementById("vgca_sign_files").onclick = function () {
    var prms = request("");
    delete prms["FileName"];
    delete prms["MetaData"];
    prms["Files"] = Array.from(list.options).slice(0, 2).map(function (o, i) {
      return { FileID: i + 1, FileName: o.value, URL: site + "/api/documents/" + o.value };
    });
    show("…");
    vgca_sign_files(JSON.stringify(prms), function (text) {
      var reply = JSON.parse(text);
      show(reply.Status === 0 ? "Đã ký: " + reply.Files.map(function (f) { return f.FileID + " " + f.FileSignedURL; }).join(" | ") : "Lỗi " + reply.Status + ": " + reply.Message);
    });
  };

  document.getElementById("vgca_sign_xml").onclick = function () {
    vgca_sign_xml("người gọi", JSON.stringify({ Base64Content: "PGEvPg==", ReturnSignatureOnly: "false", HashAlg: "Sha256", XmlDsigForm: "true" }), function (sender, text) {
      var reply = JSON.parse(text);
      show(sender + ": " + (reply.Status === 0 ? reply.Signature : "Lỗi " + reply.Status + ": " + reply.Error));
    });
  };

  document.getElementById("vgca_verify_pdf").onclick = function () {
    vgca_verify_pdf(JSON.stringify({ SessionId: "", FileName: site + "/api/documents/" + list.value }), function (text) {
      var reply = JSON.parse(text);
      show(reply.Status + ": " + reply.Message);
    });
  };

  document.getElementById("vgca_get_certinfo").onclick = function () {
    vgca_get_certinfo(function (text) {
      var reply = JSON.parse(text);
      show(reply.Status === 0 ? reply.CertInfo.Subject + " (" + reply.CertInfo.ValidFrom + " – " + reply.CertInfo.ValidTo + ")" : "Lỗi " + reply.Status + ": " + reply.Message);
    });
  };

  document.getElementById("vgca_get_version").onclick = function () {
    show("Chưa cài");
    vgca_get_version(function (text) {
      show("Đã cài: " + JSON.parse(text).Version);
    });
  };

  fetch("/api/documents").then(function (response) { return response.json(); }).then(function (all) {
    all.forEach(function (d) { list.add(new Option(d.number + " – " + d.title, d.name)); });
  });
})();
