"""The sentence of every refusal, in English and Chinese. A test walks all codes."""

from __future__ import annotations

from itembank.sentences import FINDINGS

MESSAGES: dict[str, tuple[str, str]] = {
    # general
    "page": ("There is no page at this address.", "此地址没有页面。"),
    "method": ("This page cannot be used in this way.", "此页面不支持这种操作。"),
    "sign-in-first": ("Please sign in first.", "请先登录。"),
    "not-your-role": (
        "Your role does not allow this. Ask an administrator if you think it should.",
        "你的角色无权进行此操作。如有疑问，请联系管理员。",
    ),
    "form-expired": (
        "This form has expired. Go back, reload the page and send it again.",
        "表单已过期。请返回并刷新页面，然后重新提交。",
    ),
    "too-large": (
        "The file is larger than the limit. Split it and send the parts.",
        "文件超过大小限制。请拆分后分次上传。",
    ),
    "bad-request": (
        "The request could not be understood. Go back and try again.",
        "无法理解该请求。请返回重试。",
    ),
    "wrong-host": ("This server does not answer to that name.", "此服务器不接受该主机名。"),
    "database-away": (
        "The database cannot be reached for the moment. "
        "Nothing is lost; try again in a few seconds.",
        "暂时无法连接数据库。数据没有丢失，请几秒后重试。",
    ),
    "changed-meanwhile": (
        "Somebody else changed this at the same moment. Reload the page and try again.",
        "此内容刚被他人修改。请刷新页面后重试。",
    ),
    "internal": (
        "Something went wrong on our side. It has been recorded under the number %(reference)s.",
        "系统出现问题，已记录，编号 %(reference)s。",
    ),
    "job-gave-up": (
        "The job was interrupted %(attempts)s times and was given up. Start it again.",
        "任务已中断 %(attempts)s 次，不再重试。请重新启动。",
    ),
    "job": ("There is no such job.", "没有这个后台任务。"),
    # backups
    "backup-exists": (
        "%(file)s exists already. Nothing is overwritten; name another file.",
        "%(file)s 已存在。不会覆盖任何文件，请另选文件名。",
    ),
    "backup-no-access": (
        "%(file)s cannot be used: %(reason)s.",
        "无法使用 %(file)s：%(reason)s。",
    ),
    "backup-not-one": (
        "%(file)s is not a backup of this program.",
        "%(file)s 不是本程序的备份文件。",
    ),
    "backup-damaged": (
        "%(file)s is damaged or was cut off: its content does not match its checksum. "
        "Nothing was stored; use another copy.",
        "%(file)s 已损坏或不完整：内容与校验值不符。未写入任何数据，请换用其他副本。",
    ),
    "backup-newer": (
        "The backup was made by another version of the program (migration %(migration)s; this one "
        "knows up to %(newest)s). Restore it with that version or a newer one.",
        "该备份由其他版本的程序制作（迁移 %(migration)s，本版本最新为 %(newest)s）。"
        "请用该版本或更新的版本恢复。",
    ),
    "backup-older": (
        "The backup was made at migration %(migration)s, this program is at %(newest)s. Restore it "
        "with the version that made it, then upgrade.",
        "该备份制作于迁移 %(migration)s，本程序为 %(newest)s。请先用原版本恢复，再升级。",
    ),
    "backup-database-older": (
        "The tables of the database are at migration %(migration)s, the program needs %(newest)s. "
        "Run ./run --prepare first.",
        "数据库的表处于迁移 %(migration)s，程序需要 %(newest)s。请先运行 ./run --prepare。",
    ),
    "backup-not-empty": (
        "The database is not empty: %(table)s has %(rows)s rows. To delete everything in it and "
        "restore, use --replace.",
        "数据库不是空的：表 %(table)s 有 %(rows)s 行。如要清空后恢复，请使用 --replace。",
    ),
    "backup-cannot-store": (
        "The table %(table)s cannot be stored in this database: %(reason)s. Nothing was changed.",
        "表 %(table)s 无法存入此数据库：%(reason)s。未作任何更改。",
    ),
    "metrics-closed": (
        "The figures can be read from this machine, or with the token of METRICS_TOKEN.",
        "仅可在本机读取运行指标，或使用 METRICS_TOKEN 设置的令牌读取。",
    ),
    "report-not-set": (
        "The PDF could not be made just now. Try again in a few seconds; the report on the page "
        "is the same.",
        "暂时无法生成 PDF，请几秒后重试；页面上的报告内容相同。",
    ),
    # accounts
    "wrong-credentials": (
        "The name or the password is not right. Check both and try again.",
        "用户名或密码不正确。请核对后重试。",
    ),
    "account": ("There is no such account.", "没有这个账号。"),
    "organisation": ("There is no such organisation.", "没有这个机构。"),
    "username-taken": (
        "The name %(username)s is already used. Choose another.",
        "用户名 %(username)s 已被使用，请另选一个。",
    ),
    "username-wrong": (
        "A name has 3 to 64 letters, digits, dots, hyphens or underscores.",
        "用户名须为 3 至 64 个字母、数字、点、连字符或下划线。",
    ),
    "password-short": (
        "A password needs at least 10 characters; a few words in a row are good.",
        "密码至少需要 10 个字符，用几个词连起来即可。",
    ),
    "password-long": (
        "A password has at most 256 characters.",
        "密码最多 256 个字符。",
    ),
    "password-common": (
        "This password is too easy to guess. Choose another.",
        "这个密码太容易被猜到，请换一个。",
    ),
    "password-same-as-name": (
        "The password must differ from the name.",
        "密码不能与用户名相同。",
    ),
    "wrong-password": ("The present password is not right.", "当前密码不正确。"),
    "role-unknown": (
        "There is no role called %(role)s.",
        "没有名为 %(role)s 的角色。",
    ),
    "too-many-tries": (
        "Too many tries. Wait %(minutes)s min and try again; "
        "whoever is signed in already stays signed in.",
        "尝试次数过多。请等待 %(minutes)s 分钟后再试；已登录的设备不受影响。",
    ),
    "link": (
        "This link was used already or has run out. Ask the person who gave it to you for a new "
        "one.",
        "此链接已被使用或已过期。请向给你链接的人重新索取。",
    ),
    "role-missing": (
        "Choose at least one role; without one the account has no pages.",
        "请至少选择一个角色；没有角色的账号看不到任何页面。",
    ),
    "last-administrator": (
        "This is the last administrator who can sign in. Make somebody else an administrator "
        "first.",
        "这是最后一位可以登录的管理员。请先把他人设为管理员。",
    ),
    "account-own": (
        "Change your own password on the page of your account.",
        "修改自己的密码，请使用“我的账号”页面。",
    ),
    "account-simulated": (
        "This is a simulated student: its results are no real ones, and nothing of it can be "
        "changed here.",
        "这是模拟学生账号：其成绩并非真实成绩，也不能在此修改。",
    ),
    "account-disabled": (
        "This account is disabled. Enable it first.",
        "此账号已停用。请先启用。",
    ),
    "organisation-kind": (
        "An organisation is a school or a hospital.",
        "机构类型只能是学校或医院。",
    ),
    # classes
    "class": ("There is no such class.", "没有这个班级。"),
    "class-code-taken": (
        "There is already a class with the code %(code)s. Choose another code.",
        "代码为 %(code)s 的班级已存在，请改用其他代码。",
    ),
    "class-last-instructor": (
        "A class keeps at least one instructor. Add somebody else first.",
        "班级至少保留一名教师。请先添加其他教师。",
    ),
    "member": ("This person is not in the class.", "此人不在该班级。"),
    "nobody-here": (
        "Nobody in your organisation is called %(username)s. Check the user name, or upload a "
        "roster to make new accounts.",
        "本机构没有用户名为 %(username)s 的账号。请核对用户名，或上传名单创建新账号。",
    ),
    "not-a-student": (
        "%(username)s is not a student. Ask an administrator to give the role.",
        "%(username)s 不是学生。如需添加，请联系管理员设置角色。",
    ),
    "not-an-instructor": (
        "%(username)s is not an instructor. Ask an administrator to give the role.",
        "%(username)s 不是教师。如需添加，请联系管理员设置角色。",
    ),
    "member-in-other-role": (
        "%(username)s is in this class already, in another role. Remove the entry first.",
        "%(username)s 已以其他身份在本班。请先移除原有记录。",
    ),
    "nobody-waits": (
        "Nobody in this class waits for a first password.",
        "本班没有等待设置首个密码的学生。",
    ),
    # OneRoster
    "oneroster-not": (
        "None of the files users.csv, classes.csv and enrollments.csv is there, so this is not "
        "OneRoster. Export it again as OneRoster CSV.",
        "没有 users.csv、classes.csv 或 enrollments.csv，不是 OneRoster 文件。请重新导出。",
    ),
    "oneroster-file-missing": (
        "The file is missing, so what it would hold is not read. Export it too.",
        "缺少该文件，其中的内容未读取。请一并导出。",
    ),
    "oneroster-columns": (
        "The columns %(columns)s are missing, so the file cannot be read. Export it again.",
        "缺少列 %(columns)s，无法读取该文件。请重新导出。",
    ),
    "oneroster-too-long": (
        "The file has more than %(limit)s lines; the rest was not read. Split it.",
        "文件超过 %(limit)s 行，其余未读取。请拆分。",
    ),
    "oneroster-empty": (
        "The column %(column)s is empty, so the line was left out. Fill it in.",
        "列 %(column)s 为空，该行已略去。请填写。",
    ),
    "oneroster-status": (
        "The status “%(value)s” is not known; the line counts as active. Use active or "
        "tobedeleted.",
        "未知状态“%(value)s”，按有效处理。请使用 active 或 tobedeleted。",
    ),
    "oneroster-repeated": (
        "The id “%(value)s” stands in line %(first)s already; this line was left out.",
        "编号“%(value)s”已在第 %(first)s 行出现，该行已略去。",
    ),
    "oneroster-unknown": (
        "“%(value)s” (%(column)s) is not in this delivery, so the line was left out. Export all "
        "files together.",
        "本次数据中没有“%(value)s”（%(column)s），该行已略去。请同时导出全部文件。",
    ),
    "oneroster-twice": (
        "“%(value)s” is enrolled in “%(first)s” twice; it counts once.",
        "“%(value)s”在“%(first)s”中重复，只计一次。",
    ),
    "oneroster-username": (
        "The person has no username, number or e-mail address. Add one, or no account can be made.",
        "此人没有用户名、编号或电子邮箱。请补充，否则无法建立账号。",
    ),
    "oneroster-shared-name": (
        "The username “%(value)s” is used in line %(first)s by somebody else. Give each their own.",
        "用户名“%(value)s”已在第 %(first)s 行被他人使用。请分别设置。",
    ),
    # rosters
    "roster": ("There is no such upload.", "没有这次上传。"),
    "delivery": ("There is no such delivery.", "没有这次 OneRoster 交付。"),
    "delivery-class-of-another": (
        "Somebody else of your organisation teaches a class %(code)s. Ask for a place in it first.",
        "贵机构的其他教师已有班级 %(code)s。请先请对方将你加入该班级。",
    ),
    "delivery-class-leaving": (
        "The delivery marks this class as ended; it is left out.",
        "交付文件将该班级标记为已结束，不予处理。",
    ),
    "delivery-empty": (
        "The delivery has no class with students. Export it again with enrolments.",
        "交付文件中没有含学生的班级。请连同选课数据重新导出。",
    ),
    "roster-no-file": ("Choose the file with the students.", "请选择学生名单文件。"),
    "roster-columns": (
        "No column with user names was found. Name the columns in the first row, for example "
        "username, name, class or 学号, 姓名, 班级.",
        "没有找到用户名所在的列。请在首行写明列名，"
        "例如 学号、姓名、班级 或 username, name, class。",
    ),
    "roster-empty": (
        "The file has column names but no student below them.",
        "文件只有列名，没有学生。",
    ),
    "roster-too-long": (
        "The file has %(found)s rows; at most %(limit)s can be read at once. Split it.",
        "文件有 %(found)s 行，一次最多读取 %(limit)s 行。请拆分后上传。",
    ),
    "roster-nothing-ready": (
        "No row of this file would change anything. Correct the file and upload it again.",
        "该文件没有可写入的行。请更正后重新上传。",
    ),
    "roster-changed": (
        "The class or an account has changed since this file was read, so nothing was saved. "
        "Look at the rows again.",
        "读取文件之后，班级或账号有变化，因此没有写入。请重新核对各行。",
    ),
    "roster-no-username": (
        "The user name is missing. Fill in the student number or the user name.",
        "缺少用户名。请填写学号或用户名。",
    ),
    "roster-shortened": (
        "A spreadsheet has shortened the number to %(username)s. Format the column as text and "
        "enter the number again.",
        "电子表格把号码缩写成了 %(username)s。请将该列设为文本格式后重新填写。",
    ),
    "roster-username": (
        "%(username)s cannot be a user name: 3 to 64 Latin letters, digits, dots, hyphens or "
        "underscores are possible.",
        "%(username)s 不能用作用户名：须为 3 至 64 个英文字母、数字、点、连字符或下划线。",
    ),
    "roster-no-name": (
        "The name of the new student is missing. Fill it in.",
        "缺少新学生的姓名。请填写。",
    ),
    "roster-repeated": (
        "The same user name stands in row %(row)s. Remove one of the two rows.",
        "第 %(row)s 行已有相同的用户名。请删除其中一行。",
    ),
    "roster-elsewhere": (
        "The name %(username)s belongs to somebody at another organisation. Choose another user "
        "name, or ask an administrator.",
        "用户名 %(username)s 属于其他机构的人员。请换一个用户名，或联系管理员。",
    ),
    "roster-not-student": (
        "%(username)s exists and is not a student. Check the user name.",
        "%(username)s 已存在，但不是学生。请核对用户名。",
    ),
    "roster-disabled": (
        "The account is disabled. Ask an administrator to enable it.",
        "该账号已停用。请联系管理员启用。",
    ),
    "roster-other-class": (
        "The row names the class %(name)s, so it is left out here. Upload it there.",
        "该行写的班级是 %(name)s，此处略过。请在那个班级上传。",
    ),
    "roster-role": (
        "The role is %(role)s; a roster takes in students only.",
        "角色为 %(role)s；名单只接收学生。",
    ),
    "roster-leaving": (
        "The row is marked as deleted or not enabled, so it is left out. Remove the student on "
        "the page of the class if needed.",
        "该行标记为已删除或未启用，此处略过。如有需要，请在班级页面移除该学生。",
    ),
    "roster-name-differs": (
        "The stored name is %(name)s; it stays.",
        "系统中的姓名为 %(name)s，保持不变。",
    ),
    # banks
    "bank": ("There is no such item bank.", "没有这个题库。"),
    "item": ("There is no such item.", "没有这道题。"),
    "parameter-set": ("There is no such parameter set.", "没有这个参数集。"),
    "bank-code-taken": (
        "There is already a bank with the code %(code)s. Choose another code.",
        "代码为 %(code)s 的题库已存在，请改用其他代码。",
    ),
    "item-code-taken": (
        "The bank already has an item %(code)s. Choose another id.",
        "题库中已有编号为 %(code)s 的题目，请改用其他编号。",
    ),
    "item-changed-meanwhile": (
        "Somebody saved version %(number)s of this item while you edited. "
        "Open that version and put your changes in again.",
        "你编辑期间，已有人保存了第 %(number)s 版。请打开该版本，重新填入修改。",
    ),
    "figure-missing": (
        "The picture %(name)s is not there. Upload it, or take it out of the item.",
        "缺少图片 %(name)s。请上传，或从题目中移除。",
    ),
    "asset": ("There is no such picture.", "没有这张图片。"),
    "bulk-edit": ("There is no such change of several items.", "没有这次批量修改。"),
    "bulk-too-many": (
        "%(count)s items are chosen; at most %(limit)s can be changed at once. "
        "Narrow the list with a filter.",
        "已选 %(count)s 道题，一次最多修改 %(limit)s 道。请用筛选条件缩小范围。",
    ),
    "bulk-nothing-set": (
        "Nothing is set yet. Choose at least one change for the chosen items.",
        "尚未设置任何修改。请至少选择一项。",
    ),
    "bulk-nothing-changes": (
        "None of the chosen items would change. Set something else, or choose other items.",
        "所选题目都不会改变。请设置其他修改，或另选题目。",
    ),
    "bulk-sub-topic-elsewhere": (
        "The sub-topic %(sub_topic)s does not belong to the chosen competency. "
        "Leave the competency as it is, or choose another sub-topic.",
        "子主题 %(sub_topic)s 不属于所选能力项。请保持能力项不变，或另选子主题。",
    ),
    "bulk-changed-meanwhile": (
        "Some of these items were changed since you looked. Nothing was stored; "
        "look at the new preview and confirm again.",
        "查看之后，其中有题目已被修改。未写入任何数据，请查看新的预览后再确认。",
    ),
    "bulk-undone-already": (
        "This change was undone already. Nothing was changed again.",
        "这次批量修改已经撤销，没有重复撤销。",
    ),
    "comment": ("There is no such comment.", "没有这条评论。"),
    "comment-empty": ("Write something first.", "请先填写内容。"),
    "comment-too-long": (
        "The text has %(length)s characters; at most %(limit)s are kept. Shorten it.",
        "文字有 %(length)s 个字符，最多 %(limit)s 个。请缩短。",
    ),
    "comment-unreadable": (
        "The text holds characters that cannot be stored. Type it again without them.",
        "文字中含有无法保存的字符，请去掉后重新输入。",
    ),
    "comment-not-yours": (
        "Only the bank's own organisation, or whoever wrote the comment, can settle it.",
        "只有题库所属机构或评论者本人可以处理这条评论。",
    ),
    "review-status": (
        "Choose whether the question is reviewed or goes back to its author.",
        "请选择“已审阅”或“退回作者”。",
    ),
    "share-own": (
        "The bank is your organisation's own. Choose another organisation.",
        "这是本机构自己的题库。请选择其他机构。",
    ),
    "set-without-items": (
        "Name the items by their codes, for example R1-001, R1-002.",
        "请填写题目编号，例如 R1-001、R1-002。",
    ),
    "set-name-wrong": (
        "Give the set a name of at most %(limit)s characters without commas or semicolons.",
        "请给集合起一个不超过 %(limit)s 个字符、不含逗号和分号的名称。",
    ),
    "item-codes-unknown": (
        "The bank has no items with the codes %(codes)s. Check the codes in the list of items.",
        "题库中没有编号为 %(codes)s 的题目。请在题目列表中核对编号。",
    ),
    "asset-kind": (
        "This file is not a PNG, JPEG, GIF or WebP picture.",
        "该文件不是 PNG、JPEG、GIF 或 WebP 图片。",
    ),
    "choose-competency": (
        "Choose the competency this question belongs to.",
        "请选择本题所属的能力项。",
    ),
    "choose-key": ("Mark the option that is right.", "请标出正确选项。"),
    "choose-truth": (
        "Say whether the statement is true or false.",
        "请选择该陈述正确还是错误。",
    ),
    "choose-match": (
        "Choose the option that belongs to line %(number)s.",
        "请为第 %(number)s 行选择对应的选项。",
    ),
    "region-rect": (
        "Region %(number)s, a rectangle, needs 4 percentages: left, top, right, bottom, such as "
        "%(example)s. There are %(count)s.",
        "区域 %(number)s 为矩形，须填 4 个百分数：左、上、右、下，如 %(example)s。"
        "现有 %(count)s 个。",
    ),
    "region-circle": (
        "Region %(number)s, a circle, needs 3 or 4 percentages: the centre from the left and from "
        "the top, then the radius, such as %(example)s. There are %(count)s.",
        "区域 %(number)s 为圆形，须填 3 或 4 个百分数：圆心距左、距上，再填半径，如 %(example)s。"
        "现有 %(count)s 个。",
    ),
    "region-polygon": (
        "Region %(number)s, a polygon, needs two percentages for each of 3 to 100 corners: from "
        "the left and from the top, such as %(example)s. There are %(count)s.",
        "区域 %(number)s 为多边形，须有 3 至 100 个顶点，每个顶点填两个百分数：距左、距上，"
        "如 %(example)s。现有 %(count)s 个。",
    ),
    "region-percent": (
        "Region %(number)s lies outside the picture. Places run from 0 to 100 percent.",
        "区域 %(number)s 超出图片。位置的取值为 0 至 100（百分数）。",
    ),
    "case-unknown": (
        "The bank has no case %(id)s any more. Choose another, or write it as a new one.",
        "题库中已没有病例 %(id)s。请另选，或新建病例。",
    ),
    "case-id-taken": (
        "The bank has a case %(id)s already. Choose it from the list, or give this one another id.",
        "题库中已有病例 %(id)s。请从列表中选择，或改用其他编号。",
    ),
    "case-position-taken": (
        "%(code)s is question %(position)s of this case already. Choose another place.",
        "%(code)s 已是该题组的第 %(position)s 题。请改用其他序号。",
    ),
    "case-others-differ": (
        "Other questions of the case %(id)s carry another text or other pictures: %(codes)s. Tick "
        "the box to change it in all of them, or choose “A new case” to give this one its own.",
        "病例 %(id)s 的其他题目（%(codes)s）使用的是另一版文字或图片。请勾选以便全部更改，"
        "或选择“新建病例”，使本题单独使用。",
    ),
    "figure-name-taken": (
        "Two different pictures are called %(name)s. Remove one of them and upload it again.",
        "有两张不同的图片都名为 %(name)s。请移除其中一张并重新上传。",
    ),
    "picture-alt": (
        "Describe the picture for those who cannot see it, without giving the answer away.",
        "请为看不到图片的人写一段描述，但不要透露答案。",
    ),
    "picture-kind": (
        "This file is not a PNG or JPEG picture. Save the picture as PNG and choose it again.",
        "该文件不是 PNG 或 JPEG 图片。请另存为 PNG 后重新选择。",
    ),
    "picture-too-large": (
        "The picture is larger than %(limit)s MB. Save it smaller and choose it again.",
        "图片超过 %(limit)s MB。请压缩后重新选择。",
    ),
    "picture-too-wide": (
        "The picture is wider or higher than %(limit)s pixels. Scale it down and choose it again.",
        "图片的宽或高超过 %(limit)s 像素。请缩小后重新选择。",
    ),
    "picture-broken": (
        "The picture cannot be read to its end. Save it again and choose it once more.",
        "图片无法完整读取。请重新保存后再选择。",
    ),
    "nothing-to-publish": (
        "Nothing has changed since the last revision was published.",
        "自上次发布以来没有任何改动。",
    ),
    "competency-empty": (
        "Competency %(competency)s has no item. Add one before publishing.",
        "能力项 %(competency)s 还没有题目。请先补充再发布。",
    ),
    # imports
    "import": ("There is no such import.", "没有这次导入。"),
    "import-no-file": (
        "Choose a file with questions first.",
        "请先选择题目文件。",
    ),
    "import-file-empty": ("The file is empty. Choose another.", "文件是空的。请选择其他文件。"),
    "import-competency-unknown": (
        "“%(value)s” is not a competency of this bank. Choose one from the list.",
        "“%(value)s”不是本题库的能力项。请从列表中选择。",
    ),
    "import-setting-unknown": (
        "“%(value)s” is not offered here. Choose from the list.",
        "“%(value)s”不在可选范围内。请从列表中选择。",
    ),
    "import-not-ready": (
        "This file has not been read to its end yet. Wait for the report.",
        "该文件尚未读取完毕。请等待报告。",
    ),
    "import-closed": (
        "This import is finished. Upload the file again to read it anew.",
        "本次导入已结束。如需重新读取，请再次上传文件。",
    ),
    "import-nothing-ready": (
        "No row is ready, so nothing was imported. Correct the file or the settings and read it "
        "again.",
        "没有可导入的行，未写入任何内容。请修改文件或读取设置后重新读取。",
    ),
    "import-row-differs": (
        "Differs from %(code)s: %(parts)s.",
        "与 %(code)s 的不同之处：%(parts)s。",
    ),
    "import-row-drops": (
        "%(code)s has this in the bank and the file does not, so the new version would lose it: "
        "%(parts)s.",
        "题库中的 %(code)s 含有而文件中没有、新版本将缺少的内容：%(parts)s。",
    ),
    "import-row-same": ("Same as %(code)s.", "与 %(code)s 相同。"),
    "import-row-repeats": (
        "Row %(row)s has the same question and options.",
        "与第 %(row)s 行的题干和选项相同。",
    ),
    "import-stem-repeats": (
        "Row %(row)s has the same stem with other options. Check that both are wanted.",
        "第 %(row)s 行题干相同但选项不同。请确认是否都需要。",
    ),
    "import-stem-in-bank": (
        "%(code)s in the bank has the same stem; this differs: %(parts)s.",
        "题库中的 %(code)s 题干相同，不同之处：%(parts)s。",
    ),
    "import-similar": (
        "%(percent)s percent of the words are those of %(code)s in the bank. Skip it, make it a "
        "new version, or keep both apart.",
        "与题库中的 %(code)s 用词有百分之 %(percent)s 相同。"
        "可跳过、作为新版本，或作为另一题且不同卷出现。",
    ),
    "import-similar-row": (
        "%(percent)s percent of the words are those of row %(row)s. Check that both are wanted.",
        "与第 %(row)s 行用词有百分之 %(percent)s 相同。请确认是否都需要。",
    ),
    "import-unplaced": (
        "No competency of this bank is named. Choose one for the row or for its category above.",
        "未写明本题库的能力项。请为本行选择，或在上方为其分类选择。",
    ),
    "import-category": (
        "The category “%(value)s” is not a competency of this bank. Choose one for the row, or for "
        "the whole category above.",
        "分类“%(value)s”不是本题库的能力项。请为本行选择，或在上方为整个分类选择。",
    ),
    "import-only-picture": (
        "This is a DICOM picture without a question. Add it to a question on the page where the "
        "question is written, or send a zip with the picture and a table that names it.",
        "这是没有题目的 DICOM 图像。请在编辑题目的页面添加，或将其与写有文件名的表格一起打包上传。",
    ),
    "import-memory": (
        "Reading the file needs more than %(limit)s MB of memory. Split it and send the parts.",
        "读取该文件需要超过 %(limit)s MB 内存。请拆分后分次上传。",
    ),
    "import-time": (
        "Reading the file takes more than %(limit)s seconds. Split it and send the parts.",
        "读取该文件超过 %(limit)s 秒。请拆分后分次上传。",
    ),
    "import-too-deep": (
        "The file is nested deeper than any question is. Export it again.",
        "文件嵌套过深，不像题目文件。请重新导出。",
    ),
    "import-reader": (
        "The program could not read this file, though it knows its kind. Save it in another format "
        "and send it again; whoever runs this installation finds the reason in the log.",
        "程序识别了该文件的类型但未能读取。请另存为其他格式后重新上传；"
        "系统管理者可在日志中查到原因。",
    ),
    "export-format-unknown": (
        "“%(value)s” is not a format of the list. Choose one there.",
        "“%(value)s”不在格式列表中。请从列表中选择。",
    ),
    "dicom-no-image": (
        "This DICOM file holds no image. Choose one that does.",
        "该 DICOM 文件不含图像。请选择含图像的文件。",
    ),
    "dicom-compression": (
        "The pixels of this DICOM file are compressed as “%(name)s”, which cannot be read here. "
        "Save it uncompressed or as PNG.",
        "该 DICOM 文件的像素采用“%(name)s”压缩，此处无法读取。请另存为未压缩格式或 PNG。",
    ),
    "dicom-converted": (
        "Converted from DICOM: only the pixels are kept, %(other)s further data elements are not.",
        "由 DICOM 转换：仅保留像素，其余 %(other)s 个数据元素均未保留。",
    ),
    "dicom-burned-in": (
        "Names may be drawn into the pixels. Look at the picture before it is used.",
        "像素中可能印有姓名等信息。使用前请查看图片。",
    ),
    "dicom-first-frame": (
        "The file has %(count)s frames; the first is shown.",
        "文件含 %(count)s 帧，显示第一帧。",
    ),
    # standards
    "standard": ("There is no such standard.", "没有这个合格标准。"),
    "tier-unknown": (
        "There is no tier called %(tier)s; the tiers are T1, T2 and T3.",
        "没有名为 %(tier)s 的等级；等级只有 T1、T2 和 T3。",
    ),
    "method-unknown": (
        "Choose one of the listed methods of setting a standard.",
        "请从列出的标准设定方法中选择。",
    ),
    "cut-missing": (
        "Give a cut and its standard error for %(competency)s.",
        "请填写 %(competency)s 的合格线及其标准误。",
    ),
    "cut-out-of-range": (
        "The cut of %(competency)s must lie between −4 and 4 logits, its error between 0 and 2.",
        "%(competency)s 的合格线须在 −4 至 4 logit 之间，标准误须在 0 至 2 之间。",
    ),
    "panel-too-small": (
        "A panel needs at least 5 judges; state how many came from the hospital and the school.",
        "专家组至少需要 5 人；请注明来自医院和学校的人数。",
    ),
    "effective-in-the-past": (
        "A standard holds from today at the earliest, so that no earlier result changes.",
        "标准最早自今日起生效，以免改变此前的结果。",
    ),
    # exams
    "exam": ("There is no such exam.", "没有这场考试。"),
    "sitting": ("There is no such sitting, or it is not yours.", "没有这次作答，或它不属于你。"),
    "answer": ("This question has not been answered yet.", "这道题还没有作答。"),
    "sitting-open": (
        "This sitting is not finished yet. Its report comes at the end.",
        "本次作答尚未结束，结束后才有报告。",
    ),
    "exam-not-ready": (
        "This exam cannot be started yet: its item bank has not been published.",
        "题库尚未发布，暂时无法开始这场考试。",
    ),
    "length-not-offered": (
        "Choose one of the offered numbers of questions.",
        "请从给出的题数中选择。",
    ),
    "clock-not-offered": (
        "Choose one of the offered time limits.",
        "请从给出的时限中选择。",
    ),
    "profile-unknown": (
        "The blueprint has no profile called %(profile)s.",
        "蓝图中没有名为 %(profile)s 的方案。",
    ),
    "not-this-question": (
        "This is not the question that waits. Go back to the sitting.",
        "这不是当前待答的题目。请返回作答页面。",
    ),
    "already-answered": (
        "This question already has an answer, and the first one counts.",
        "这道题已有答案，以第一次提交为准。",
    ),
    "sitting-closed": (
        "This sitting is over; no more answers are taken.",
        "本次作答已结束，不再接受答案。",
    ),
    "time-over": (
        "The time was over before this answer arrived. Your report has all earlier answers.",
        "该答案到达时时间已到。报告中保留了此前的全部作答。",
    ),
    "choice-missing": ("Choose an answer first.", "请先选择一个答案。"),
    "no-feedback-yet": (
        "This exam shows the right answers only after its end.",
        "本场考试结束后才显示正确答案。",
    ),
    "no-review": (
        "The questions of this exam are asked again, so they are not shown after it. "
        "Your report shows your levels.",
        "本场考试的题目会再次使用，考后不予显示。报告中有你的能力水平。",
    ),
    "no-early-end": (
        "An invigilated exam ends with its last question, with its time, "
        "or when the invigilator closes the room.",
        "监考考试在答完最后一题、时间用完或监考人员关闭考场时结束。",
    ),
    # rooms
    "room": (
        "There is no such exam room, or you have not entered it.",
        "没有这个考场，或你尚未进入。",
    ),
    "room-student": (
        "This student is not in the room. Students appear here when they have entered the code.",
        "该学生不在考场中。学生输入考场码后会显示在这里。",
    ),
    "room-code-wrong": (
        "No open room has this code. Compare it with the one on the board, letter by letter.",
        "没有使用该考场码的考场。请与公布的考场码逐字核对。",
    ),
    "room-closed": ("This room is closed.", "该考场已关闭。"),
    "room-other-class": (
        "This room is for another class. Ask the invigilator.",
        "该考场面向其他班级。请询问监考人员。",
    ),
    "room-time-over": (
        "The time of this exam is over. Ask the invigilator whether you get extra time.",
        "本场考试时间已到。请询问监考人员能否延长时间。",
    ),
    "room-title-missing": ("Give the room a title.", "请填写考场名称。"),
    "room-minutes-wrong": (
        "The time limit is between %(least)s and %(most)s minutes.",
        "时限须为 %(least)s 至 %(most)s 分钟。",
    ),
    "room-questions-wrong": (
        "An exam has %(least)s to %(most)s questions.",
        "考试题数须为 %(least)s 至 %(most)s 题。",
    ),
    "extra-minutes-wrong": (
        "Extra time is between 0 and %(most)s minutes.",
        "延长时间须为 0 至 %(most)s 分钟。",
    ),
    "extra-minutes-past": (
        "With so little extra time the exam would be over for this student already. "
        "Enter more minutes.",
        "按此延长时间，该学生的考试已经结束。请增加分钟数。",
    ),
    "room-sitting-over": (
        "This student's exam is over already; its time cannot be changed any more.",
        "该学生的考试已结束，不能再更改时间。",
    ),
    "room-note-missing": ("Write what happened.", "请写明发生的情况。"),
    "room-note-long": (
        "A note has at most %(most)s characters.",
        "备注最多 %(most)s 个字符。",
    ),
    "other-browser": (
        "This exam is open in another browser, or you have signed out since you entered. Go on "
        "where you began, or ask the invigilator to release your browser and enter the code again.",
        "这场考试正在另一个浏览器中进行，或你进入后曾退出登录。请回到原来的浏览器继续，"
        "或请监考人员解除浏览器限制后重新输入考场码。",
    ),
    "browser-released": (
        "The invigilator has released your browser. Enter the code of the room to go on here.",
        "监考人员已解除浏览器限制。请输入考场码，在此继续。",
    ),
    # the demonstration
    "demo-not-here": (
        "The demonstration builds on the school, the accounts and the two banks of the first "
        "start, and not all of them are there. Start with an empty DATA_DIR or database.",
        "演示数据依赖首次启动时建立的学校、账号和两个题库，目前不齐全。"
        "请使用空的 DATA_DIR 或空数据库启动。",
    ),
    # calibration
    "calibration": ("There is no such calibration.", "没有这次校准。"),
    "nothing-published": (
        "Nothing of this bank is published yet. Publish a revision first, then calibrate it.",
        "该题库尚未发布。请先发布一个版本，再进行校准。",
    ),
    "too-few-sittings": (
        "Only %(found)s sittings have answers that count; a fit needs at least %(needed)s. "
        "Wait for more, or include simulated answers to try it out.",
        "只有 %(found)s 次作答含有可用答案，校准至少需要 %(needed)s 次。"
        "请等待更多作答，或纳入模拟答案试用。",
    ),
    "already-in-force": (
        "These parameters are already in force.",
        "这组参数已在使用中。",
    ),
    "revision-moved-on": (
        "The bank has a newer revision than the one these parameters belong to. Fit again.",
        "题库已有更新的版本，这组参数属于旧版本。请重新校准。",
    ),
    "simulation-size": (
        "A cohort has 1 to %(students)s students with 1 to %(sittings)s sittings each.",
        "一个模拟群体可有 1 至 %(students)s 名学生，每人作答 1 至 %(sittings)s 次。",
    ),
    "simulation-correlation": (
        "The correlation of a simulated cohort lies between 0 and 0.95.",
        "模拟群体的相关系数须在 0 至 0.95 之间。",
    ),
    # credits
    "claim": ("There is no such claim.", "没有这项学分申请。"),
    "credit-rule": (
        "There is no such credit rule for this sitting.",
        "这次考试没有对应的学分规则。",
    ),
    "credit-rule-unknown": (
        "The rules have no rule called %(rule)s.",
        "规则中没有名为 %(rule)s 的规则。",
    ),
    "no-credit-rules": (
        "Your school has not loaded any credit rules yet. "
        "Ask the administrator to run flask credits load.",
        "学校尚未载入学分规则。请管理员运行 flask credits load。",
    ),
    "room-not-closed": (
        "The exam room is still open. The result can be read once it is closed.",
        "考场尚未关闭。关闭后才能查看结果。",
    ),
    "claim-blocked": (
        "This cannot be claimed: the report says what speaks against it.",
        "目前不能申请：报告中写明了原因。",
    ),
    "claim-moved-on": (
        "Somebody else has just decided about this claim. Open it again to see where it stands.",
        "此申请刚由他人处理。请重新打开查看当前状态。",
    ),
    "claim-late-irregularity": (
        "An irregularity was noted in the room after this claim was made. Refuse it with a reason.",
        "提交申请之后，考场又记录了异常情况。请写明理由后驳回。",
    ),
    "claim-digits-differ": (
        "Computed again, this report has other digits than stored. Nothing was decided. "
        "Tell the administrator.",
        "重新计算的结果与所存数字不一致，未作任何决定。请告知管理员。",
    ),
    "conditions-unseen": (
        "Tick every condition that you have seen fulfilled; without all of them refuse the claim.",
        "请勾选您已核实的每一项条件；若有未满足的条件，请驳回申请。",
    ),
    "own-claim": ("Nobody decides about an own claim.", "任何人不得处理自己的申请。"),
    "own-student": (
        "You teach this student. Somebody who does not has to decide about the claim.",
        "您是该学生的任课教师。此申请须由非任课教师处理。",
    ),
    "same-person": (
        "You have checked this claim. A second person has to confirm it.",
        "您已审核过此申请，须由另一人确认。",
    ),
    "nothing-left": (
        "The course or the cap is full by now: no credit would be awarded. "
        "Refuse the claim with that reason.",
        "课程学分或上限已满，认定不会带来学分。请以此理由驳回。",
    ),
    "reason-missing": (
        "Give the reason: the student will read it.",
        "请写明理由，学生会看到。",
    ),
    "reason-long": (
        "The reason has at most %(most)s characters.",
        "理由最多 %(most)s 个字符。",
    ),
    "too-many-claims": (
        "At most %(most)s claims that exclude each other can be weighed at once.",
        "互相排斥的申请一次最多比较 %(most)s 项。",
    ),
    "credit-rules-json": (
        "This is not a JSON file of credit rules: %(problem)s.",
        "这不是学分规则的 JSON 文件：%(problem)s。",
    ),
    "credit-rules-object": (
        "%(where)s of the rules has to be an object with names and values.",
        "规则的 %(where)s 必须是含名称和值的对象。",
    ),
    "credit-rules-missing": (
        "%(where)s is missing in the rules. Add it.",
        "规则缺少 %(where)s，请补上。",
    ),
    "credit-rules-list": (
        "%(where)s of the rules has to be a list of the right kind, and not empty where needed.",
        "规则的 %(where)s 必须是内容正确的列表，必要时不能为空。",
    ),
    "credit-rules-text": (
        "%(where)s of the rules needs a text in English (en) and in Chinese (zh).",
        "规则的 %(where)s 需要英文（en）和中文（zh）文本。",
    ),
    "credit-rules-word": (
        "%(where)s of the rules has to be a text of 1 to 64 characters.",
        "规则的 %(where)s 必须是 1 至 64 个字符的文本。",
    ),
    "credit-rules-identifier": (
        "%(where)s of the rules may hold small letters, digits and hyphens only.",
        "规则的 %(where)s 只能含小写字母、数字和连字符。",
    ),
    "credit-rules-choice": (
        "%(where)s of the rules has to be one of these: %(known)s.",
        "规则的 %(where)s 必须是以下之一：%(known)s。",
    ),
    "credit-rules-flag": (
        "%(where)s of the rules has to be true or false.",
        "规则的 %(where)s 必须是 true 或 false。",
    ),
    "credit-rules-whole": (
        "%(where)s of the rules has to be a whole number from %(least)s to %(most)s.",
        "规则的 %(where)s 必须是 %(least)s 至 %(most)s 的整数。",
    ),
    "credit-rules-share": (
        "%(where)s of the rules has to be a probability above 0.5 and below 1, such as 0.9.",
        "规则的 %(where)s 必须是大于 0.5 且小于 1 的概率，例如 0.9。",
    ),
    "credit-rules-tenths": (
        "%(where)s of the rules has to be credits from 0 to 999.9, exact to a tenth, such as 1.5.",
        "规则的 %(where)s 必须是 0 至 999.9 的学分，精确到十分之一，例如 1.5。",
    ),
    "credit-rules-repeated": (
        "%(where)s of the rules repeats a name: %(name)s.",
        "规则的 %(where)s 有重复的名称：%(name)s。",
    ),
    "credit-rules-course": (
        "%(where)s of the rules names the course %(name)s, which is not in the list of courses.",
        "规则的 %(where)s 提到课程 %(name)s，但课程列表中没有。",
    ),
    "credit-rules-excluded": (
        "%(where)s of the rules gives credit in %(name)s, a course that is excluded.",
        "规则的 %(where)s 给课程 %(name)s 学分，但该课程不可认定。",
    ),
    "credit-rules-credits": (
        "%(where)s of the rules gives more credit in %(name)s than the course has (%(most)s), "
        "or none.",
        "规则的 %(where)s 给课程 %(name)s 的学分超过课程学分（%(most)s）或为零。",
    ),
    "credit-rules-document": (
        "%(where)s of the rules rests on a document: it cannot be claimed by a student yet, "
        "so claimable has to be false.",
        "规则的 %(where)s 以文件为依据，目前学生不能申请，claimable 须为 false。",
    ),
    "credit-rules-total": (
        "%(where)s of the rules is smaller than the courses of that kind together: %(listed)s.",
        "规则的 %(where)s 小于该类课程的学分合计：%(listed)s。",
    ),
}


def sentence(code: str, language: str, details: dict[str, object] | None = None) -> str:
    """The sentence for a code in "en" or "zh"; the code itself if it has none.

    What is wrong with an answer to an item or with a file has its sentence beside the item's rules.
    """
    finding = FINDINGS.get(code, {})
    pair = MESSAGES.get(code) or (finding.get("en", code), finding.get("zh", code))
    return pair[1 if language == "zh" else 0] % (details or {})
