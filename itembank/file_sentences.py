"""The sentences of what is wrong with a file, by their codes."""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

FILE_SENTENCES: dict[str, tuple[str, str]] = {
    # --- files ---
    "file-too-large": (
        "The file is larger than %(limit)s MB. Split it and send the parts.",
        "文件超过 %(limit)s MB。请拆分后分次上传。",
    ),
    "file-empty": ("The file is empty. Choose another.", "文件是空的。请选择其他文件。"),
    "zip-broken": (
        "The file is damaged and cannot be unpacked. Save or zip it again.",
        "文件已损坏，无法解压。请重新保存或打包。",
    ),
    "zip-too-many-entries": (
        "The archive holds %(count)s files; at most %(limit)s are allowed.",
        "压缩包含有 %(count)s 个文件，最多允许 %(limit)s 个。",
    ),
    "zip-too-large": (
        "Unpacked, the file is larger than %(limit)s MB. Split it and send the parts.",
        "文件解压后超过 %(limit)s MB。请拆分后分次上传。",
    ),
    "zip-ratio": (
        "The file unpacks to more than %(limit)s times its size, as a harmful file does. Save it "
        "again with a spreadsheet program.",
        "文件解压后超过原大小的 %(limit)s 倍，与恶意文件特征一致。请用表格软件重新保存。",
    ),
    "zip-encrypted": (
        "The archive is protected by a password. Save it without one.",
        "压缩包设有密码。请取消密码后重新保存。",
    ),
    "zip-link": (
        "The archive contains a link (%(value)s). Put the file itself in its place.",
        "压缩包中含有链接（%(value)s）。请换成文件本身。",
    ),
    "zip-path": (
        "The archive contains a path that leads out of it (%(value)s). Zip the folder again.",
        "压缩包中的路径指向包外（%(value)s）。请重新打包文件夹。",
    ),
    "zip-duplicate": (
        "The archive contains two files of the same name. Zip the folder again.",
        "压缩包中有同名文件。请重新打包文件夹。",
    ),
    "folder-link": (
        "The folder contains a link (%(value)s). Put the file itself in its place.",
        "文件夹中含有链接（%(value)s）。请换成文件本身。",
    ),
    "folder-not-empty": (
        "The folder is not empty. Choose a new one.",
        "文件夹不是空的。请选择新文件夹。",
    ),
    "bank-json-missing": (
        "There is no bank.json, so this is not a bank of this program. Export it again.",
        "缺少 bank.json，不是本系统的题库文件。请重新导出。",
    ),
    "json-broken": (
        "The JSON cannot be read at line %(line)s, column %(column)s. Correct it there.",
        "JSON 在第 %(line)s 行第 %(column)s 列无法读取。请在该处更正。",
    ),
    "format-unknown": (
        "bank.json does not say “format”: “%(expected)s”. Export the bank again.",
        'bank.json 中没有 "format": "%(expected)s"。请重新导出题库。',
    ),
    "version-newer": (
        "The bank has format version %(value)s; this program knows %(known)s. Update the program.",
        "题库格式版本为 %(value)s，本程序支持 %(known)s。请更新程序。",
    ),
    "not-a-bank": (
        "This file is not a bank (it looks like %(kind)s). Tables are imported into a bank instead.",
        "该文件不是题库（看起来是 %(kind)s）。表格请通过“导入题目”加入已有题库。",
    ),
    "not-a-table": (
        "This file is not a table (it looks like %(kind)s). Save it as XLSX or CSV.",
        "该文件不是表格（看起来是 %(kind)s）。请另存为 XLSX 或 CSV。",
    ),
    "xls-old": (
        "This is an old Excel file (.xls) or one with a password. Save it as .xlsx without one.",
        "这是旧版 Excel 文件（.xls）或加密文件。请另存为不加密的 .xlsx。",
    ),
    "workbook-macros": (
        "The workbook contains macros. Save it as .xlsx without macros.",
        "工作簿含有宏。请另存为不含宏的 .xlsx。",
    ),
    "workbook-broken": (
        "The workbook cannot be read. Open it in a spreadsheet program and save it again.",
        "工作簿无法读取。请用表格软件打开并重新保存。",
    ),
    "workbook-unsafe": (
        "The workbook contains a document type declaration, as harmful files do. Save it again with "
        "a spreadsheet program.",
        "工作簿含有文档类型声明，与恶意文件特征一致。请用表格软件重新保存。",
    ),
    "workbook-too-wide": (
        "A sheet reaches to cell %(cell)s. Delete the empty rows and columns after the questions.",
        "有工作表延伸到单元格 %(cell)s。请删除题目之后的空行和空列。",
    ),
    "too-many-rows": (
        "The file has more than %(limit)s rows. Split it and send the parts.",
        "文件超过 %(limit)s 行。请拆分后分次上传。",
    ),
    "too-many-columns": (
        "The file has more than %(limit)s columns. Delete those that are not needed.",
        "文件超过 %(limit)s 列。请删除不需要的列。",
    ),
    "encoding-unknown": (
        "The encoding of the text cannot be recognised. Save the file as CSV UTF-8 or XLSX.",
        "无法识别文本编码。请另存为 CSV UTF-8 或 XLSX。",
    ),
    "csv-quote-open": (
        "A quotation mark opens in row %(row)s and never closes. Close it or save the table as XLSX.",
        "第 %(row)s 行的引号没有闭合。请补上引号或另存为 XLSX。",
    ),
    "csv-broken": (
        "The table cannot be read at row %(row)s. Save it again as CSV UTF-8 or XLSX.",
        "表格在第 %(row)s 行无法读取。请另存为 CSV UTF-8 或 XLSX。",
    ),
    "header-missing": (
        "No row with column names was found. The first row must name at least the question and its "
        "options or answer, such as: question, A, B, C, D, answer.",
        "找不到标题行。首行至少须写明题干和选项或答案，例如：题干、选项A、选项B、选项C、选项D、答案。",
    ),
    "picture-refused": (
        "The picture %(asset)s cannot be used: it is damaged, too large or of a kind that browsers "
        "do not show. Save it as PNG, at most %(limit)s pixels wide, and send the file again.",
        "图片 %(asset)s 无法使用：文件损坏、过大，或浏览器不支持该格式。请另存为宽度不超过 %(limit)s 像素的 PNG 后重新上传。",
    ),
    "columns-unmapped": (
        "The names of the columns are not known. Say what each column means under “How the file was "
        "read”, then read the file again.",
        "无法识别列名。请在“文件的读取方式”中指明各列的含义，然后重新读取。",
    ),
    "mapping-unknown": (
        "The column “%(header)s” cannot be read as “%(field)s”. Choose another meaning.",
        "列“%(header)s”不能对应到“%(field)s”。请选择其他含义。",
    ),
}
